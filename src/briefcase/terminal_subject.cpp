// An order or a proposed policy as one document: first every byte that gets signed, then what is
// known about it, at the end its words.
#include <fmt/format.h>

#include "briefcase/terminal_model.h"
#include "statement/words.h"

namespace cheget::briefcase {

namespace {

void add_files(Document& document, const Subject& subject) {
    if (subject.files.empty()) {
        return;
    }
    document.add_heading("Named files");
    for (const ShownFile& file : subject.files) {
        document.add_prose(fmt::format("{}, {} bytes", ascii(file.name), file.bytes),
                           Style::strong);
        document.add_prose("    " + base::to_text(file.digest));
        if (file.content) {
            document.add_prose(
                "    It is here, and its bytes have this digest. Press f to read it.");
        } else if (subject.by_digest) {
            document.add_prose(
                "    NOT HERE: whoever votes trusts this digest. The policy lets people "
                "sign what they can't open (by digest).",
                Style::strong);
        } else {
            document.add_prose(
                "    NOT HERE: nobody should sign a digest that they can't open. Let a courier "
                "load the order with its files; until then you can't approve it here.",
                Style::strong);
        }
    }
}

std::string name_of(const Choice& choice) {
    std::string name(statement::name_of(choice.verdict));
    return choice.stands_for.empty() ? name : name + " for " + choice.stands_for;
}

constexpr std::size_t k_hang = 10;

void add_choices(Document& document, const Subject& subject) {
    document.add_heading("What your word would do");
    for (const Choice& choice : subject.choices) {
        if (!choice.why_not) {
            document.add_prose(fmt::format("{:<9} {}", name_of(choice) + ":", choice.effect),
                               Style::strong, k_hang);
        }
    }
    for (const Choice& choice : subject.choices) {
        const bool is_telling = choice.verdict == statement::Verdict::approve ||
                                choice.verdict == statement::Verdict::veto;
        if (choice.why_not && is_telling) {  // of the others the key tells
            document.add_prose(
                fmt::format("{:<9} no: {}", name_of(choice) + ":", ascii(choice.why_not->message)),
                Style::plain, k_hang);
        }
    }
}

void add_words(Document& document, const Subject& subject) {
    document.add_heading("Its twelve words");
    document.add_prose(fmt::format(
        "They stand for every byte of the text above: another text has other words. Compare them "
        "with a paper or a voice that did not come with this case. {} of them will be asked for.",
        k_words_asked));
    document.add_blank();
    const auto words = statement::words_of(subject.id);
    for (std::size_t row = 0; row < words.size(); row += 4) {
        std::string line;
        for (std::size_t i = row; i < row + 4; ++i) {
            line += fmt::format("{:>3} {:<14}", i + 1, words[i]);
        }
        document.add_prose(line, Style::strong);
    }
}

}  // namespace

Document document_of(const Subject& subject) {
    Document document;
    document.add_heading(fmt::format("{}: the exact text, {} bytes",
                                     subject.is_policy ? "Proposed policy" : "Order",
                                     subject.text.size()));
    document.add_signed_text(subject.text);
    add_files(document, subject);
    document.add_heading("The decision so far");
    document.add_prose(subject.decision);
    if (!subject.outlook.empty()) {
        document.add_heading("Who could complete it");
        document.add_prose(subject.outlook);
    }
    add_choices(document, subject);
    document.add_heading("The rule");
    document.add_prose(subject.rule);
    add_words(document, subject);
    return document;
}

}  // namespace cheget::briefcase
