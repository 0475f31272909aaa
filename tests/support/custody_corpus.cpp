// Journals made by hand, each with one thing that matters.
#include "support/custody_corpus.h"

#include "permit/permit.h"
#include "support/journal.h"

namespace cheget::test_support {

namespace {

struct Made {
    TestDomain domain;
    permit::DomainState state;
    std::string key;

    Made() {
        state = domain.begin(with_briefcase(k_blocks, " custody"), k_people);
        key = domain.key("dave-2").public_key().fingerprint();
    }
};

Made& made() {
    static Made one;
    return one;
}

std::string permit_of(const std::vector<std::string>& statements) {
    permit::Permit permit;
    permit.statements.assign(statements.begin(), statements.end());
    return permit::render_permit(permit).value();
}

/// What is wrong with whole statements, one after the other.
std::map<std::string, std::string> good_and_bad() {
    TestDomain& domain = made().domain;
    Journal journal(domain, made().state);
    const std::string created = journal.created();
    const auto at_created = journal.last();
    const std::string handed = journal.handed("alice", "erin");
    const auto at_handed = journal.last();
    const std::string opened = journal.opened("cheget vote v1\n");
    const std::string loaded = journal.sign(journal.next(CustodyEvent::loaded, "erin"), {"erin"});
    const std::string returned =
        journal.sign(journal.next(CustodyEvent::returned, "dave"), {"dave"});
    std::map<std::string, std::string> files;
    files["whole"] = permit_of({created, handed, opened, loaded, returned});
    files["gap"] = permit_of({created, opened});
    files["no-beginning"] = permit_of({handed, opened});
    journal.go_back_to(at_created);
    const std::string elsewhere = journal.handed("alice", "bob");
    files["fork"] = permit_of({created, handed, elsewhere});
    journal.go_back_to(at_handed);
    files["wrong-holder"] = permit_of({created, handed, journal.handed("bob", "carol")});
    journal.go_back_to(at_handed);
    files["one-hand"] = permit_of({created, handed, journal.handed("erin", "bob", {"erin"})});
    journal.go_back_to(at_handed);
    Custody third = journal.next(CustodyEvent::handover, "carol");
    third.from = "erin";
    third.to = "bob";
    files["told-by-a-third"] = permit_of({created, handed, journal.sign(third, {"erin", "bob"})});
    journal.go_back_to(at_handed);
    Custody sealed = journal.next(CustodyEvent::loaded, "erin");
    sealed.seal = base::sha256("another");
    files["another-seal"] = permit_of({created, handed, journal.sign(sealed, {"erin"})});
    journal.go_back_to(at_handed);
    files["opened-by-hand"] =
        permit_of({created, handed, journal.opened("cheget vote v1\n", "dave")});
    journal.go_back_to(at_handed);
    files["returned-by-another"] = permit_of(
        {created, handed, journal.sign(journal.next(CustodyEvent::returned, "bob"), {"bob"})});
    Custody lost = journal.next(CustodyEvent::lost, "bob");
    files["lost"] = permit_of({created, journal.sign(lost, {"bob"})});
    lost.previous.reset();
    files["lost-anywhere"] = permit_of({created, journal.sign(lost, {"bob"})});
    journal.go_back_to(at_created);
    Custody counted = journal.next(CustodyEvent::loaded, "alice");
    counted.counter = 7;
    const std::string seven = journal.sign(counted, {"alice"});
    Custody again = journal.next(CustodyEvent::loaded, "alice");
    again.counter = 7;
    files["counter-stands"] = permit_of({created, seven, journal.sign(again, {"alice"})});
    journal.go_back_to(at_created);
    Custody foreign = journal.next(CustodyEvent::loaded, "alice");
    foreign.domain.first_policy = base::sha256("another");
    files["another-domain"] = permit_of({created, journal.sign(foreign, {"alice"})});
    Custody loose = journal.next(CustodyEvent::loaded, "alice");
    loose.previous.reset();
    files["names-nothing"] = permit_of({created, journal.sign(loose, {"alice"})});
    Custody second = journal.next(CustodyEvent::created, "alice");
    second.previous.reset();
    second.note = "again";
    files["begun-twice"] = permit_of({created, journal.begun(second)});
    files["begun-by-another"] = permit_of({created, journal.sign(second, {"alice"})});
    return files;
}

void add_with_tpm(std::map<std::string, std::string>& files) {
    Journal journal(made().domain, made().state);
    const SoftTpm tpm;
    const std::string created =
        journal.begun(tpm.attested(journal.next(CustodyEvent::created, "alice"), 0, 1));
    const auto at_created = journal.last();
    const std::string loaded =
        journal.sign(tpm.attested(journal.next(CustodyEvent::loaded, "alice"), 1, 2), {"alice"});
    files["tpm-whole"] = permit_of({created, loaded});
    journal.go_back_to(at_created);
    Custody said = tpm.attested(journal.next(CustodyEvent::loaded, "alice"), 1, 2);
    said.note = "another text";
    files["tpm-another-text"] = permit_of({created, journal.sign(said, {"alice"})});
    journal.go_back_to(at_created);
    SoftTpm other;
    files["tpm-another"] = permit_of(
        {created, journal.sign(other.attested(journal.next(CustodyEvent::loaded, "alice"), 1, 2),
                               {"alice"})});
}

}  // namespace

const permit::DomainState& custody_state() {
    return made().state;
}

const std::string& custody_key() {
    return made().key;
}

std::map<std::string, std::string> custody_corpus() {
    std::map<std::string, std::string> files = good_and_bad();
    add_with_tpm(files);
    return files;
}

}  // namespace cheget::test_support
