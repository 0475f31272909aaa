// Any bytes as a file that comes in: it is told apart by its own bytes, or refused with a reason; a
// picture's pixels are as many as it says.
#include <cstdlib>

#include "briefcase/intake.h"
#include "briefcase/picture.h"

namespace base = cheget::base;
namespace briefcase = cheget::briefcase;

namespace {

void demand(bool condition) {
    if (!condition) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view file = base::as_text({data, size});
    briefcase::Intake intake;
    if (const auto picture = briefcase::decode_picture(file)) {
        demand(picture->pixels.size() == std::size_t{picture->width} * picture->height);
        // Here rather than in the sandboxed process that add() has pictures read in.
        const auto codes = briefcase::read_codes(*picture);
        demand(codes.has_value());
        demand(intake.add_codes("a picture", *codes).has_value() == !codes->empty());
    }
    for (int twice = 0; twice < 2; ++twice) {
        const auto added = intake.add("a file", file);
        demand(added.has_value() || !added.error().message.empty());
    }
    for (const auto* list : {&intake.statements(), &intake.permits()}) {
        for (const std::string& whole : *list) {
            demand(!intake.source_of(whole).empty());
        }
    }
    demand(intake.source_of("never seen").empty());
    std::size_t missing = 0;
    for (const auto& one : intake.incomplete()) {
        missing += one.missing.size();
        demand(one.missing.size() < one.count);
    }
    demand(intake.kept().empty() == (missing == 0));
    return 0;
}
