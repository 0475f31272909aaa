// The order: its fields in their order.
#include <algorithm>

#include "statement/deeds.h"
#include "statement/fields.h"
#include "statement/values.h"

namespace cheget::statement {
namespace {

template <typename Sorted, typename Key>
bool is_strictly_sorted(const Sorted& values, Key key) {
    return std::adjacent_find(values.begin(), values.end(),
                              [&](const auto& left, const auto& right) {
                                  return key(left) >= key(right);
                              }) == values.end();
}

// `Value` is Order for the reader and const Order for the writer, as in all schemas.
template <typename Io, typename Value>
void target_and_deed(Io& io, Value& order) {
    if (!io.template alternative<Targets>("targets", k_targets, order.target)) {
        io.demand(io.template alternative<std::string>("target", k_target, order.target),
                  "target, targets");
    }
    bool found = io.template alternative<Run>("run", k_run, order.deed) ||
                 io.template alternative<Call>("call", k_call, order.deed) ||
                 io.template alternative<Sign>("sign", k_sign, order.deed) ||
                 io.template alternative<Ref>("ref", k_ref, order.deed) ||
                 io.template alternative<Sql>("sql", k_sql, order.deed);
    io.demand(found, "run, call, sign, ref, sql");
}

// What surrounds a deed. A user, a directory, an environment and standard input mean nothing to
// what is not run, and what means nothing is not let through.
template <typename Io, typename Value>
void surroundings(Io& io, Value& order) {
    if (std::holds_alternative<Run>(order.deed)) {
        io.optional("user", k_user, order.user);
        io.optional("directory", k_directory, order.directory);
        io.optional_list("environment", k_environment, order.environment);
        io.optional("stdin", k_content, order.standard_input);
    }
    io.repeated("file", k_file, order.files);
    io.check(is_strictly_sorted(order.files, [](const auto& file) { return file.path; }),
             "expected the files sorted by path, each once");
    io.repeated("parameter", k_parameter, order.parameters);
    io.check(is_strictly_sorted(order.parameters, [](const auto& each) { return each.name; }),
             "expected the parameters sorted by name, each once");
    io.flag("drill", order.drill);
}

template <typename Io, typename Value>
void fields(Io& io, Value& order) {
    io.required("domain", k_domain, order.domain);
    io.required("policy", k_policy_reference, order.policy);
    io.required("rule", k_rule, order.rule);
    target_and_deed(io, order);
    surroundings(io, order);
    io.required("reason", k_free_text, order.reason);
    io.required("proposer", k_name, order.proposer);
    io.required("proposed", k_time, order.proposed);
    io.required("expires", k_time, order.expires);
    io.check(order.proposed < order.expires, "expected a time after proposed");
    io.required("nonce", HexCodec<16>(), order.nonce);
}

}  // namespace

base::Result<Order> parse_order(std::string_view text) {
    FieldReader reader(Kind::order, text);
    Order order;
    fields(reader, order);
    TRY(reader.finish());
    return order;
}

base::Result<std::string> render(const Order& order) {
    FieldWriter writer(Kind::order);
    fields(writer, order);
    return checked(writer.take(), order, parse_order);
}

}  // namespace cheget::statement
