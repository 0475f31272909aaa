// What it costs to read the statements of a permit: an order of about 700 bytes, a vote on it.
#include <benchmark/benchmark.h>

#include "statement/statement.h"

namespace {

using namespace cheget;

std::string order_text() {
    statement::Order order;
    order.domain = {"acme/prod", base::sha256("first policy")};
    order.policy = {3, base::sha256("policy")};
    order.rule = {false, "drop-database"};
    order.target = "prod/eu-1/invoices";
    order.deed = statement::Run{{"/usr/bin/dropdb", "--if-exists", "--host=/run/postgresql",
                                 "--maintenance-db=postgres", "invoices"}};
    order.user = "postgres";
    order.environment = {{"PGHOST", "/run/postgresql"}, {"PGUSER", "postgres"}};
    order.files = {{base::sha256("a file"), 4711, "/srv/retention/invoices.policy"}};
    order.parameters = {{"name", "invoices"}};
    order.reason = "GDPR erasure, ticket 4711";
    order.proposer = "alice";
    order.proposed = {1'795'255'200};
    order.expires = {1'795'269'600};
    return statement::render(order).value();
}

std::string vote_text() {
    statement::Vote vote;
    vote.subject_text = order_text();
    vote.domain = {"acme/prod", base::sha256("first policy")};
    vote.on = statement::OnOrder{statement::id_of(vote.subject_text)};
    vote.by = "bob";
    vote.voted = {1'795'258'800};
    return statement::render(vote).value();
}

void parse_order(benchmark::State& state) {
    const std::string text = order_text();
    for (auto _ : state) {
        benchmark::DoNotOptimize(statement::parse_order(text));
    }
    state.SetLabel(std::to_string(text.size()) + " bytes");
}
BENCHMARK(parse_order);

void parse_vote_fields(benchmark::State& state) {
    const std::string text = vote_text();
    for (auto _ : state) {
        benchmark::DoNotOptimize(statement::parse_vote_fields(text));
    }
    state.SetLabel(std::to_string(text.size()) + " bytes");
}
BENCHMARK(parse_vote_fields);

void parse_vote(benchmark::State& state) {
    const std::string text = vote_text();
    for (auto _ : state) {
        benchmark::DoNotOptimize(statement::parse_vote(text));
    }
}
BENCHMARK(parse_vote);

void render_order(benchmark::State& state) {
    const statement::Order order = statement::parse_order(order_text()).value();
    for (auto _ : state) {
        benchmark::DoNotOptimize(statement::render(order));
    }
}
BENCHMARK(render_order);

void sha256_of_an_order(benchmark::State& state) {
    const std::string text = order_text();
    for (auto _ : state) {
        benchmark::DoNotOptimize(statement::id_of(text));
    }
}
BENCHMARK(sha256_of_an_order);

void canonical_json_of_a_run(benchmark::State& state) {
    constexpr std::string_view text =
        R"(["/usr/bin/dropdb","--if-exists","--host=/run/postgresql","invoices"])";
    for (auto _ : state) {
        benchmark::DoNotOptimize(base::parse_canonical_json(text));
    }
}
BENCHMARK(canonical_json_of_a_run);

}  // namespace
