// Where an executor reads its domain's log, and where it hands statements in.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "log/remote.h"

namespace cheget::executor {

/// Whether it is to be asked over HTTP; else it is taken for a folder.
bool is_url(std::string_view source);

/// The content that a URL answers with; unreachable unless it says 200. `go_on` as in net::Ask.
base::Result<std::string> fetch_url(const std::string& url, std::size_t most,
                                    const std::function<bool()>& go_on = {});

/// Bytes by path from a URL, or from a folder as a log publishes it. Fails if it is neither.
base::Result<log::Fetch> open_log_source(const std::string& source,
                                         std::function<bool()> go_on = {});

/// Hands a signed statement in at a log's URL. That it was taken says nothing yet: what is in the
/// log is what a witnessed checkpoint contains. Fails with denied if the log refuses it.
base::Result<void> hand_in(const std::string& url, const std::string& statement);

}  // namespace cheget::executor
