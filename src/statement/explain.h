// What a field's value says, in plain words. Internal to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "statement/show.h"

namespace cheget::statement {

/// Tells the fields of one valid statement, in their order.
class Explainer {
  public:
    std::vector<Row> explain(std::string_view name, std::string_view value);

  private:
    std::vector<Row> explain_when(std::string_view name, std::string_view value);

    std::optional<base::Time> proposed_;
};

}  // namespace cheget::statement
