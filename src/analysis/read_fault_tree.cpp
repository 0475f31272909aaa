// Open-PSA fault trees, by expat. The file is first read into gates whose inputs are names, then
// the gates are made inputs first, so that a gate may stand before those it uses.
#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>

#include "analysis/formula_file.h"
#include "base/digest.h"
#include "base/text.h"

namespace cheget::analysis {

namespace {

using base::bad_input;
using base::Result;

struct Place {
    std::uint64_t line = 0;
    std::uint64_t column = 0;
};

enum class Operator : std::uint8_t {
    all,
    any,
    negation,
    exclusive,
    not_all,
    not_any,
    equal,
    implied,
    at_least,
    between,
    constant,
    gate,
    basic_event,
    house_event,
    event,
};

/// One node of a gate's formula; its inputs come after it, before its next sibling.
struct Node {
    Operator op = Operator::all;
    std::size_t parent = 0;  ///< its place in the gate's nodes; of the first, itself
    std::uint64_t least = 0;
    std::uint64_t most = 0;
    bool value = false;
    std::string name;
    Place at;
};

struct Gate {
    std::string name;
    std::vector<Node> nodes;
    Place at;
    bool used = false;
};

struct Document {
    std::vector<Gate> gates;
    std::map<std::string, std::size_t, std::less<>> gate_places;
    std::map<std::string, std::optional<bool>, std::less<>> houses;
};

std::unexpected<base::Error> refused(Place at, const std::string& what) {
    return bad_input(fmt::format("line {}, column {}: {}", at.line, at.column, what));
}

struct OperatorName {
    std::string_view name;
    Operator op;
};

constexpr OperatorName k_operators[] = {
    {"and", Operator::all},
    {"or", Operator::any},
    {"not", Operator::negation},
    {"xor", Operator::exclusive},
    {"nand", Operator::not_all},
    {"nor", Operator::not_any},
    {"iff", Operator::equal},
    {"imply", Operator::implied},
    {"atleast", Operator::at_least},
    {"vote", Operator::at_least},
    {"cardinality", Operator::between},
    {"constant", Operator::constant},
    {"gate", Operator::gate},
    {"basic-event", Operator::basic_event},
    {"house-event", Operator::house_event},
    {"event", Operator::event},
};

constexpr std::string_view k_containers[] = {"opsa-mef", "define-fault-tree", "define-component",
                                             "model-data"};
// What may stand anywhere and changes nothing about the formula: texts, probabilities.
constexpr std::string_view k_passed_over[] = {"label", "attributes", "define-parameter",
                                              "define-basic-event"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
    return std::ranges::find(names, name) != names.end();
}

/// Collects the gates while expat walks the file.
class Reader {
  public:
    explicit Reader(std::string_view text) : parser_(XML_ParserCreate("UTF-8"), &XML_ParserFree) {
        if (!parser_) {
            return;
        }
        // Expat salts its tables with random numbers of the system's unless it is given a salt.
        base::Digest digest = base::sha256(text);
        unsigned long salt = 1;
        for (std::size_t i = 0; i < sizeof salt; ++i) {
            salt = (salt << 8U) | digest.bytes[i];
        }
        XML_SetHashSalt(parser_.get(), salt | 1U);
        XML_SetUserData(parser_.get(), this);
        XML_SetStartElementHandler(parser_.get(),
                                   [](void* self, const char* name, const char** attributes) {
                                       static_cast<Reader*>(self)->open(name, attributes);
                                   });
        XML_SetEndElementHandler(
            parser_.get(), [](void* self, const char*) { static_cast<Reader*>(self)->close(); });
        XML_SetCharacterDataHandler(parser_.get(), [](void* self, const char* piece, int length) {
            static_cast<Reader*>(self)->words({piece, static_cast<std::size_t>(length)});
        });
        XML_SetStartDoctypeDeclHandler(
            parser_.get(), [](void* self, const char*, const char*, const char*, int) {
                static_cast<Reader*>(self)->stop(
                    "a document type is not read, since it can define entities; take it out");
            });
    }

    Result<Document> read(std::string_view text) {
        if (!parser_) {
            return bad_input("no memory to read XML");
        }
        // In pieces, since expat takes lengths as int and looks for errors piece by piece.
        constexpr std::size_t k_piece = std::size_t{1} << 20U;
        for (std::size_t from = 0;; from += k_piece) {
            std::string_view piece = text.substr(from, k_piece);
            bool last = from + k_piece >= text.size();
            if (XML_Parse(parser_.get(), piece.data(), static_cast<int>(piece.size()),
                          last ? 1 : 0) == XML_STATUS_ERROR) {
                return error_ ? std::unexpected(*error_)
                              : refused(here(), XML_ErrorString(XML_GetErrorCode(parser_.get())));
            }
            if (last) {
                return std::move(document_);
            }
        }
    }

  private:
    enum class Level : std::uint8_t { container, gate, formula, house, passed_over };

    Place here() const {
        return {XML_GetCurrentLineNumber(parser_.get()),
                XML_GetCurrentColumnNumber(parser_.get()) + 1};
    }

    void stop(const std::string& what) {
        if (!error_) {
            error_ = refused(here(), what).error();
            XML_StopParser(parser_.get(), XML_FALSE);
        }
    }

    static std::optional<std::string> attribute(const char** attributes, std::string_view wanted) {
        for (; *attributes != nullptr; attributes += 2) {
            if (wanted == attributes[0]) {
                return attributes[1];
            }
        }
        return std::nullopt;
    }

    void open(std::string_view name, const char** attributes) {
        if (error_) {
            return;
        }
        if (levels_.size() >= k_deepest_formula) {
            return stop(fmt::format("elements are nested more than {} deep", k_deepest_formula));
        }
        Level outer = levels_.empty() ? Level::container : levels_.back();
        if (outer == Level::passed_over || is_one_of(name, k_passed_over)) {
            levels_.push_back(Level::passed_over);
        } else if (outer == Level::container) {
            open_in_container(name, attributes);
        } else if (outer == Level::house) {
            open_in_house(name, attributes);
        } else {
            open_formula(name, attributes, outer);
        }
    }

    void open_in_container(std::string_view name, const char** attributes) {
        if (levels_.empty() != (name == "opsa-mef")) {
            return stop(fmt::format(
                "<{}> stands where {} does", base::shown(name),
                levels_.empty() ? "<opsa-mef> begins an Open-PSA file" : "a definition"));
        }
        if (is_one_of(name, k_containers)) {
            levels_.push_back(Level::container);
            return;
        }
        bool is_gate = name == "define-gate";
        if (!is_gate && name != "define-house-event") {
            return stop(fmt::format(
                "<{}> is not read here: gates, events and components of fault trees are",
                base::shown(name)));
        }
        auto own = attribute(attributes, "name");
        if (!own || own->empty()) {
            return stop(fmt::format("<{}> has no name", base::shown(name)));
        }
        if (attribute(attributes, "role") == "private") {
            return stop(
                "names that are private to a component are not read; give it a name of its "
                "own and take role=\"private\" out");
        }
        if (is_gate) {
            if (!document_.gate_places.emplace(*own, document_.gates.size()).second) {
                return stop(fmt::format("the gate {} is defined twice", base::shown(*own)));
            }
            document_.gates.push_back({*own, {}, here(), false});
            levels_.push_back(Level::gate);
            return;
        }
        if (!document_.houses.emplace(*own, std::nullopt).second) {
            return stop(fmt::format("the house event {} is defined twice", base::shown(*own)));
        }
        house_ = *own;
        levels_.push_back(Level::house);
    }

    void open_in_house(std::string_view name, const char** attributes) {
        auto value = name == "constant" ? truth(attributes) : std::nullopt;
        if (!value) {
            return stop(
                "a house event holds <constant value=\"true\"/> or <constant "
                "value=\"false\"/>");
        }
        document_.houses[house_] = value;
        levels_.push_back(Level::passed_over);
    }

    static std::optional<bool> truth(const char** attributes) {
        auto value = attribute(attributes, "value");
        return value == "true"    ? std::optional(true)
               : value == "false" ? std::optional(false)
                                  : std::nullopt;
    }

    void open_formula(std::string_view name, const char** attributes, Level outer) {
        const OperatorName* found = std::ranges::find(k_operators, name, &OperatorName::name);
        if (found == std::end(k_operators)) {
            return stop(fmt::format("<{}> is no gate or event", base::shown(name)));
        }
        std::vector<Node>& nodes = document_.gates.back().nodes;
        if (outer == Level::gate && !nodes.empty()) {
            return stop(fmt::format("the gate {} has two formulas; one is meant",
                                    base::shown(document_.gates.back().name)));
        }
        std::size_t parent = open_nodes_.empty() ? 0 : open_nodes_.back();
        if (!open_nodes_.empty() && nodes[parent].op >= Operator::constant) {
            return stop(fmt::format("<{}> stands inside an event", base::shown(name)));
        }
        Node node;
        node.op = found->op;
        node.parent = parent;
        node.at = here();
        if (node.op == Operator::constant) {
            auto value = truth(attributes);
            if (!value) {
                return stop("a constant's value is true or false");
            }
            node.value = *value;
        } else if (node.op > Operator::constant && !read_reference(node, attributes)) {
            return;
        } else if ((node.op == Operator::at_least || node.op == Operator::between) &&
                   (!read_number(node.least, attributes, "min") ||
                    (node.op == Operator::between && !read_number(node.most, attributes, "max")))) {
            return;
        }
        open_nodes_.push_back(nodes.size());
        nodes.push_back(std::move(node));
        levels_.push_back(Level::formula);
    }

    bool read_reference(Node& node, const char** attributes) {
        auto name = attribute(attributes, "name");
        if (!name || name->empty()) {
            stop("what is meant has no name");
            return false;
        }
        node.name = *name;
        if (node.op == Operator::event) {
            auto type = attribute(attributes, "type");
            node.op = type == "gate"          ? Operator::gate
                      : type == "basic-event" ? Operator::basic_event
                      : type == "house-event" ? Operator::house_event
                                              : Operator::event;
        }
        return true;
    }

    bool read_number(std::uint64_t& number, const char** attributes, std::string_view name) {
        auto text = attribute(attributes, name);
        auto value = base::parse_number(text ? std::string_view(*text) : std::string_view(),
                                        ~std::uint64_t{0});
        if (!value) {
            stop(fmt::format("{}=\"…\" is to be a whole number from 0", name));
            return false;
        }
        number = *value;
        return true;
    }

    void close() {
        if (error_) {
            return;
        }
        Level level = levels_.back();
        levels_.pop_back();
        if (level == Level::formula) {
            open_nodes_.pop_back();
        } else if (level == Level::gate && document_.gates.back().nodes.empty()) {
            stop(fmt::format("the gate {} has no formula",
                             base::shown(document_.gates.back().name)));
        } else if (level == Level::house && !document_.houses[house_]) {
            stop(fmt::format("the house event {} has no state", base::shown(house_)));
        }
    }

    void words(std::string_view text) {
        if (!error_ && !levels_.empty() && levels_.back() != Level::passed_over &&
            text.find_first_not_of(" \t\r\n") != std::string_view::npos) {
            stop("words stand where elements do");
        }
    }

    std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
    Document document_;
    std::vector<Level> levels_;
    std::vector<std::size_t> open_nodes_;
    std::string house_;
    std::optional<base::Error> error_;
};

/// Makes the circuit of a gate and of all gates below it.
class Maker {
  public:
    explicit Maker(Document& document) : document_(document), states_(document.gates.size()) {}

    Result<FormulaFile> make(std::size_t top) {
        std::vector<std::size_t> open{top};
        while (!open.empty()) {
            std::size_t place = open.back();
            State& state = states_[place];
            if (state.made) {
                open.pop_back();
                continue;
            }
            state.open = true;
            auto next = TRY(next_unmade(place));
            if (next) {
                open.push_back(*next);
                continue;
            }
            state.wire = TRY(make_gate(document_.gates[place]));
            state.made = true;
            document_.gates[place].nodes = {};
            open.pop_back();
        }
        file_.root = states_[top].wire;
        return std::move(file_);
    }

  private:
    struct State {
        bool open = false;
        bool made = false;
        std::size_t looked_at = 0;  ///< nodes whose gates are made
        Wire wire;
    };

    Result<std::optional<std::size_t>> next_unmade(std::size_t place) {
        const Gate& gate = document_.gates[place];
        std::size_t& at = states_[place].looked_at;
        for (; at < gate.nodes.size(); ++at) {
            const Node& node = gate.nodes[at];
            auto known = document_.gate_places.find(node.name);
            if ((node.op != Operator::gate && node.op != Operator::event) ||
                known == document_.gate_places.end() || states_[known->second].made) {
                continue;
            }
            if (states_[known->second].open) {
                return refused(node.at,
                               fmt::format("the gate {} depends on itself through {}",
                                           base::shown(node.name), base::shown(gate.name)));
            }
            return known->second;
        }
        return std::nullopt;
    }

    Result<Wire> make_gate(const Gate& gate) {
        std::vector<std::vector<Wire>> inputs(gate.nodes.size());
        for (std::size_t i = gate.nodes.size(); i-- > 0;) {
            std::ranges::reverse(inputs[i]);
            Wire wire = TRY(make_node(gate.nodes[i], inputs[i]));
            inputs[i] = {};
            if (i == 0) {
                return wire;
            }
            inputs[gate.nodes[i].parent].push_back(wire);
        }
        return refused(gate.at, "a gate without a formula");
    }

    Result<Wire> make_node(const Node& node, std::vector<Wire>& inputs) {
        Circuit& circuit = file_.circuit;
        if (node.op >= Operator::constant) {
            return make_reference(node);
        }
        std::size_t least = 1;
        std::size_t most = ~std::size_t{0};
        if (node.op == Operator::negation) {
            most = 1;
        } else if (node.op == Operator::equal || node.op == Operator::implied) {
            least = most = 2;
        }
        if (inputs.size() < least || inputs.size() > most) {
            return refused(node.at, fmt::format("this gate has {} inputs; {} {} meant",
                                                inputs.size(), least, least == 1 ? "is" : "are"));
        }
        switch (node.op) {
            case Operator::all:
                return circuit.all_of(inputs);
            case Operator::not_all:
                return !circuit.all_of(inputs);
            case Operator::any:
                return circuit.any_of(inputs);
            case Operator::not_any:
                return !circuit.any_of(inputs);
            case Operator::negation:
                return !inputs[0];
            case Operator::exclusive:
                return circuit.exclusive(std::move(inputs));
            case Operator::equal:
                return !circuit.exclusive(std::move(inputs));
            case Operator::implied:
                inputs[0] = !inputs[0];
                return circuit.any_of(inputs);
            case Operator::at_least:
                return at_least(node.least, inputs);
            default:
                break;
        }
        if (node.most < node.least) {
            return refused(node.at, "max=\"…\" is below min=\"…\"");
        }
        const std::vector<Wire> bounds{
            at_least(node.least, inputs),
            node.most >= inputs.size() ? circuit.constant(true) : !at_least(node.most + 1, inputs)};
        return circuit.all_of(bounds);
    }

    Wire at_least(std::uint64_t need, const std::vector<Wire>& wires) {
        std::vector<Circuit::Input> inputs;
        for (Wire wire : wires) {
            inputs.push_back({wire, 1});
        }
        return file_.circuit.threshold(need, std::move(inputs));
    }

    Result<Wire> make_reference(const Node& node) {
        if (node.op == Operator::constant) {
            return file_.circuit.constant(node.value);
        }
        auto gate = document_.gate_places.find(node.name);
        auto house = document_.houses.find(node.name);
        bool any = node.op == Operator::event;
        if ((any || node.op == Operator::gate) && gate != document_.gate_places.end()) {
            return states_[gate->second].wire;
        }
        if ((any || node.op == Operator::house_event) && house != document_.houses.end()) {
            return file_.circuit.constant(*house->second);
        }
        if (node.op == Operator::gate || node.op == Operator::house_event) {
            return refused(node.at, fmt::format("no {} {} is defined in this file",
                                                node.op == Operator::gate ? "gate" : "house event",
                                                base::shown(node.name)));
        }
        auto [known, fresh] =
            variables_.emplace(node.name, static_cast<std::uint32_t>(file_.names.size()));
        if (fresh) {
            file_.names.push_back(node.name);
        }
        return file_.circuit.variable(known->second);
    }

    Document& document_;
    std::vector<State> states_;
    std::map<std::string, std::uint32_t, std::less<>> variables_;
    FormulaFile file_;
};

Result<std::size_t> find_top(Document& document, std::string_view top) {
    if (!top.empty()) {
        auto known = document.gate_places.find(top);
        if (known == document.gate_places.end()) {
            return bad_input(fmt::format("no gate {} is defined in this file", base::shown(top)));
        }
        return known->second;
    }
    for (const Gate& gate : document.gates) {
        for (const Node& node : gate.nodes) {
            auto known = document.gate_places.find(node.name);
            if ((node.op == Operator::gate || node.op == Operator::event) &&
                known != document.gate_places.end()) {
                document.gates[known->second].used = true;
            }
        }
    }
    std::vector<std::string> tops;
    std::size_t found = 0;
    for (std::size_t place = 0; place < document.gates.size(); ++place) {
        if (!document.gates[place].used) {
            tops.push_back(base::shown(document.gates[place].name));
            found = place;
        }
    }
    if (tops.size() == 1) {
        return found;
    }
    if (tops.empty()) {
        return bad_input(document.gates.empty()
                             ? "no gate is defined in this file"
                             : "every gate is used by another, so that none is the top; name it");
    }
    std::size_t more = tops.size() > 8 ? tops.size() - 8 : 0;
    tops.resize(tops.size() - more);
    return bad_input(
        fmt::format("several gates are used by no other: {}{}; name the one that is "
                    "meant with --top",
                    base::join_words(tops), more > 0 ? fmt::format(" and {} more", more) : ""));
}

}  // namespace

Result<FormulaFile> read_fault_tree(std::string_view text, std::string_view top) {
    if (text.size() > k_longest_formula_file) {
        return bad_input(
            fmt::format("the file is longer than {} MiB", k_longest_formula_file >> 20U));
    }
    Document document = TRY(Reader(text).read(text));
    std::size_t place = TRY(find_top(document, top));
    return Maker(document).make(place);
}

}  // namespace cheget::analysis
