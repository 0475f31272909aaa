// Looking for what went out in what came in.
#include "briefcase/outgoing.h"

#include "permit/archive.h"
#include "statement/statement.h"

namespace cheget::briefcase {

namespace {

using base::Result;

/// A statement counts once, by its text: other signatures make it no other.
Result<bool> is_in(const permit::LogCopy& log, std::string_view signed_text,
                   std::string_view text) {
    for (const std::string& subject : permit::subjects_of(signed_text)) {
        for (const permit::Entry& entry : TRY(log.about(subject))) {
            const auto parts = statement::split_signed(entry.whole);
            if (parts && parts->text == text) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace

Result<std::vector<Waiting>> waiting_in(const Case& folder, const Knowledge& knowledge) {
    std::vector<Waiting> all;
    for (Case::Outgoing& out : TRY(folder.outbox())) {
        Waiting one{std::move(out), false, false};
        if (const auto parts = statement::split_signed(one.out.signed_text)) {
            one.is_recorded = knowledge.log() != nullptr &&
                              TRY(is_in(*knowledge.log(), one.out.signed_text, parts->text));
            const auto vote = statement::parse_vote_fields(parts->text);
            one.says_no = vote && (vote->verdict == statement::Verdict::veto ||
                                   vote->verdict == statement::Verdict::withdraw);
        }
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace cheget::briefcase
