// Others' formulas: what is read, what is refused and where it says that the trouble is.
#include "analysis/formula_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "analysis/analysis_test_support.h"
#include "analysis/coalitions.h"

namespace cheget::analysis {
namespace {

std::string tree(const std::string& gates) {
    return "<?xml version=\"1.0\"?>\n<opsa-mef>\n<define-fault-tree name=\"t\">\n" + gates +
           "\n</define-fault-tree>\n</opsa-mef>\n";
}

std::string gate(const std::string& name, const std::string& formula) {
    return "<define-gate name=\"" + name + "\">" + formula + "</define-gate>";
}

std::string events(const std::string& names) {
    std::string all;
    for (char name : names) {
        all += std::string("<basic-event name=\"") + name + "\"/>";
    }
    return all;
}

/// The function of a, b, c, … as its column of a truth table, a's bit the lowest.
std::string column(const base::Result<FormulaFile>& file, std::uint32_t variables) {
    if (!file) {
        return file.error().message;
    }
    std::string values;
    for (std::size_t set = 0; set < std::size_t{1} << variables; ++set) {
        std::vector<bool> assignment(file->names.size());
        for (std::size_t i = 0; i < file->names.size(); ++i) {
            assignment[i] = (set >> static_cast<unsigned>(file->names[i][0] - 'a') & 1U) != 0;
        }
        values += file->circuit.evaluate(file->root, assignment) ? '1' : '0';
    }
    return values;
}

std::string column_of(const std::string& formula, std::uint32_t variables) {
    return column(read_fault_tree(tree(gate("g", formula))), variables);
}

std::string complaint(const std::string& text) {
    auto file = read_formula_file(text);
    return file ? "read" : file.error().message;
}

TEST(FaultTree, reads_every_kind_of_gate) {
    EXPECT_EQ(column_of("<and>" + events("ab") + "</and>", 2), "0001");
    EXPECT_EQ(column_of("<or>" + events("ab") + "</or>", 2), "0111");
    EXPECT_EQ(column_of("<xor>" + events("ab") + "</xor>", 2), "0110");
    EXPECT_EQ(column_of("<nand>" + events("ab") + "</nand>", 2), "1110");
    EXPECT_EQ(column_of("<nor>" + events("ab") + "</nor>", 2), "1000");
    EXPECT_EQ(column_of("<iff>" + events("ab") + "</iff>", 2), "1001");
    EXPECT_EQ(column_of("<imply>" + events("ab") + "</imply>", 2), "1011");
    EXPECT_EQ(column_of("<not>" + events("a") + "</not>", 1), "10");
    EXPECT_EQ(column_of(events("a"), 1), "01");
    EXPECT_EQ(column_of("<atleast min=\"2\">" + events("abc") + "</atleast>", 3), "00010111");
    EXPECT_EQ(column_of("<vote min=\"2\">" + events("abc") + "</vote>", 3), "00010111");
    EXPECT_EQ(column_of("<cardinality min=\"1\" max=\"2\">" + events("abc") + "</cardinality>", 3),
              "01111110");
    EXPECT_EQ(
        column_of("<and><not>" + events("a") + "</not><or>" + events("bc") + "</or></and>", 3),
        "00101010");
    EXPECT_EQ(column_of("<or><constant value=\"true\"/>" + events("a") + "</or>", 1), "11");
    EXPECT_EQ(column_of("<event name=\"a\" type=\"basic-event\"/>", 1), "01");
}

TEST(FaultTree, reads_gates_in_any_order_and_house_events_as_they_are_set) {
    std::string text =
        tree(gate("top",
                  "<and><gate name=\"low\"/><house-event name=\"on\"/>" + events("a") + "</and>") +
             gate("low", "<or>" + events("bc") + "</or>") +
             "<define-house-event name=\"on\"><constant value=\"true\"/></define-house-event>"
             "<define-basic-event name=\"a\"><label>words</label><float value=\"0.1\"/>"
             "</define-basic-event>");
    EXPECT_EQ(column(read_fault_tree(text), 3), "00010101");
    EXPECT_EQ(column(read_fault_tree(text, "low"), 3), "00111111");
}

TEST(FaultTree, refuses_what_is_broken_and_says_where) {
    EXPECT_EQ(complaint("<opsa-mef>\n<define-fault-tree name=\"t\">\n</define-gate>"),
              "line 3, column 3: mismatched tag");
    EXPECT_EQ(complaint(tree(gate("g", "<and>\n  <basic-event/></and>"))),
              "line 5, column 3: what is meant has no name");
    EXPECT_EQ(complaint(tree(gate("g", "<and>" + events("a") + "<gate name=\"h\"/></and>"))),
              "line 4, column 51: no gate h is defined in this file");
    EXPECT_EQ(
        complaint(tree(gate("g", "<gate name=\"h\"/>") + "\n" + gate("h", "<gate name=\"i\"/>") +
                       "\n" + gate("i", "<gate name=\"h\"/>"))),
        "line 6, column 23: the gate h depends on itself through i");
    EXPECT_EQ(complaint(tree(gate("g", events("a")) + gate("g", events("b")))),
              "line 4, column 60: the gate g is defined twice");
    EXPECT_EQ(complaint(tree(gate("g", events("a")) + gate("h", events("b")))),
              "several gates are used by no other: g and h; name the one that is meant with --top");
    EXPECT_EQ(complaint(tree(gate("g", events("ab")))),
              "line 4, column 46: the gate g has two formulas; one is meant");
    EXPECT_EQ(complaint(tree(gate("g", "<not>" + events("ab") + "</not>"))),
              "line 4, column 23: this gate has 2 inputs; 1 is meant");
    EXPECT_EQ(complaint(tree(gate("g", "<atleast min=\"-1\">" + events("a") + "</atleast>"))),
              "line 4, column 23: min=\"…\" is to be a whole number from 0");
    EXPECT_EQ(complaint(tree(gate("g", "<or>words</or>"))),
              "line 4, column 27: words stand where elements do");
    EXPECT_EQ(complaint(tree("")), "no gate is defined in this file");
    EXPECT_EQ(complaint("words"),
              "line 1, column 1: it is neither a fault tree in XML nor a quorum set in JSON");
}

TEST(FaultTree, refuses_document_types_and_depth) {
    EXPECT_EQ(
        complaint("<!DOCTYPE a [<!ENTITY x \"y\">]>\n<opsa-mef/>"),
        "line 1, column 13: a document type is not read, since it can define entities; take it "
        "out");
    std::string deep;
    for (int i = 0; i < 100; ++i) {
        deep += "<not>";
    }
    EXPECT_EQ(complaint(tree(gate("g", deep))),
              "line 4, column 328: elements are nested more than 64 deep");
}

TEST(FaultTree, reads_long_chains_without_recursion) {
    constexpr int k_gates = 100'000;
    std::string gates;
    for (int i = 0; i < k_gates; ++i) {
        std::string below =
            i + 1 < k_gates ? "<gate name=\"g" + std::to_string(i + 1) + "\"/>" : events("z");
        gates += gate("g" + std::to_string(i), "<or>" + events("a") + below + "</or>");
    }
    auto file = read_fault_tree(tree(gates));
    ASSERT_TRUE(file) << file.error().message;
    auto analysis = Analysis::of(file->circuit, file->root, {});
    ASSERT_TRUE(analysis);
    EXPECT_EQ(analysis->coalitions(Side::acting).count, Count(2));
}

TEST(QuorumSet, reads_nested_sets) {
    EXPECT_EQ(column(read_quorum_set(R"({"threshold":2,"validators":["a","b","c"]})"), 3),
              "00010111");
    EXPECT_EQ(column(read_quorum_set(R"({"threshold":2,"validators":["a"],"innerQuorumSets":[
                     {"threshold":1,"validators":["b","c"],"innerQuorumSets":[]}],"hashKey":"x"})"),
                     3),
              "00010101");
    EXPECT_EQ(column(read_quorum_set(R"({"threshold":9007199254740991,"validators":[]})"), 1),
              "00");
    EXPECT_EQ(column(read_quorum_set(R"({"threshold":4,"validators":["a","b","c"]})"), 3),
              "00000000");
    EXPECT_EQ(column(read_quorum_set(R"({"threshold":0})"), 1), "11");
}

TEST(QuorumSet, refuses_what_is_broken_and_says_where) {
    EXPECT_EQ(complaint("{\"threshold\":2,\n \"validators\":[\"a\",,]}"),
              "line 2, column 20: not JSON at byte 36");
    EXPECT_EQ(complaint("{\"validators\":[\"a\"]}"),
              "line 1, column 1: this quorum set has no threshold");
    EXPECT_EQ(complaint("{\"threshold\":1,\n\"validators\":[\"a\",\n  7]}"),
              "line 3, column 3: a validator is a string");
    EXPECT_EQ(
        complaint(
            "{\"threshold\":1,\n\"innerQuorumSets\":[{\"threshold\":1},\n {\"threshold\":-1}]}"),
        "line 3, column 15: a threshold is a whole number from 0");
    EXPECT_EQ(
        complaint("{\"threshold\":1,\"innerQuorumSet\":[]}"),
        "line 1, column 33: a quorum set has no \"innerQuorumSet\"; \"innerQuorumSets\" may be "
        "meant");
    EXPECT_EQ(complaint("{\"threshold\":1,\"other\":{}}"),
              "line 1, column 24: a quorum set has no \"other\"");
    EXPECT_EQ(complaint("{\"threshold\":1,\"validators\":{\"a\":1}}"),
              "line 1, column 29: \"validators\" is to be a list");
    EXPECT_EQ(complaint("[]").substr(0, 17), "line 1, column 1:");
}

struct Published {
    const char* name;
    std::uint64_t acting;
};

// The numbers of minimal cut sets that were published with these trees.
constexpr Published k_published[] = {
    {"baobab1", 46188},   {"baobab2", 4805},    {"baobab3", 24386},  {"chinese", 392},
    {"das9201", 14217},   {"das9202", 27778},   {"das9203", 16200},  {"das9204", 16704},
    {"das9205", 17280},   {"das9206", 19518},   {"das9207", 25988},  {"das9208", 8060},
    {"edfpa14p", 415500}, {"edfpa15r", 26549},  {"elf9601", 151348}, {"ftr10", 305},
    {"isp9601", 276785},  {"isp9602", 5197647}, {"isp9603", 3434},   {"isp9605", 5630}};

TEST(FaultTree, has_the_published_number_of_minimal_cut_sets) {
    const char* source = std::getenv("CHEGET_SOURCE");
    const char* given = std::getenv("CHEGET_VECTORS");
    std::string folder =
        given != nullptr ? given : std::string(source ? source : ".") + "/../shared/vectors";
    if (!std::ifstream(folder + "/fault-trees/chinese.xml")) {
        GTEST_SKIP() << "skipped: no outside vectors";
    }
    for (const Published& published : k_published) {
        std::ifstream in(folder + "/fault-trees/" + published.name + ".xml");
        std::stringstream text;
        text << in.rdbuf();
        auto file = read_fault_tree(text.str());
        ASSERT_TRUE(file) << published.name << ": " << file.error().message;
        auto analysis = Analysis::of(file->circuit, file->root, {});
        ASSERT_TRUE(analysis) << published.name;
        EXPECT_EQ(analysis->coalitions(Side::acting).count, Count(published.acting))
            << published.name;
        EXPECT_TRUE(analysis->is_monotone()) << published.name;
        // Blocking sets are the acting sets of the dual, which is another circuit with other
        // diagrams.
        test::Sample dual = test::dual_of(file->circuit, file->root);
        auto other = Analysis::of(dual.circuit, dual.root, {});
        ASSERT_TRUE(other) << published.name;
        EXPECT_EQ(analysis->coalitions(Side::blocking).count, other->coalitions(Side::acting).count)
            << published.name;
        EXPECT_EQ(other->coalitions(Side::blocking).count, Count(published.acting))
            << published.name;
    }
}

}  // namespace
}  // namespace cheget::analysis
