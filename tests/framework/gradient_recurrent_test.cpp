#include <fmt/format.h>

#include "framework/nn/rnn.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/recurrent.hpp"
#include "framework/ops/shape.hpp"
#include "tests/framework/gradient_check.hpp"

// The third part of gradient_test.cpp's table: recurrent ops and modules.
namespace fanin {
namespace {

using A = const Inputs&;

// All outputs of a recurrent net, as one vector.
Tensor all_of(const Tensor& output, const Tensor& h, const Tensor& c) {
  std::vector<Tensor> parts{flatten(output), flatten(h)};
  if (c.defined()) parts.push_back(flatten(c));
  return concat(parts);
}

const std::pair<const char*, Cell> cells[] = {{"rnn", Cell::rnn_tanh},
                                              {"relu rnn", Cell::rnn_relu},
                                              {"lstm", Cell::lstm},
                                              {"gru", Cell::gru}};

std::vector<Row> recurrent_op() {
  std::vector<Row> rows;
  const std::vector<std::pair<std::string, Tensor (*)(const RecurrentOutput&)>> through{
      {"output", [](const RecurrentOutput& r) { return r.output; }},
      {"h_n", [](const RecurrentOutput& r) { return r.last.h; }},
      {"c_n", [](const RecurrentOutput& r) { return r.last.c; }},
      {"all", [](const RecurrentOutput& r) { return all_of(r.output, r.last.h, r.last.c); }},
      {"h_n and c_n", [](const RecurrentOutput& r) { return r.last.h * r.last.c; }}};
  for (const auto& [cell_name, cell] : cells)
    for (const Shape& x : {Shape{4, 3, 2}, Shape{1, 2, 3}, Shape{2, 17, 2}, Shape{3, 1, 1}})
      for (bool reverse : {false, true})
        for (const auto& [name, take] : through) {
          const bool lstm = cell == Cell::lstm;
          if (!lstm && name.find("c_n") != std::string::npos) continue;
          const std::size_t h = 3, rows_of_gates = gate_count(cell) * h;
          // Finite differences fail at a ReLU's kink. parity_test.cpp tests both of its sides.
          const Fill fill = cell == Cell::rnn_relu ? Fill::positive : Fill::any;
          const std::vector<Input> inputs{{x, true, fill},
                                          {{x[1], h}, true, fill},
                                          {{x[1], h}},
                                          parameter({rows_of_gates, x[2]}, fill),
                                          parameter({rows_of_gates, h}, fill)};
          std::vector<Input> biased = inputs;
          biased.insert(biased.end(), 2, parameter({rows_of_gates}, fill));
          const std::string title =
              fmt::format("{} {}{}, {}", cell_name, to_string(x), reverse ? " reverse" : "", name);
          // Only an LSTM uses the state c, so for other cells c goes straight to the output.
          const auto run = [=, take = take, cell = cell](A a, const Tensor& b_ih,
                                                         const Tensor& b_hh) {
            const RecurrentState start{a[1], lstm ? a[2] : Tensor()};
            Tensor y = take(recurrent(cell, a[0], start, a[3], a[4], b_ih, b_hh, reverse));
            return lstm ? y : concat({flatten(y), flatten(a[2])});
          };
          rows.push_back({title, biased, [=](A a) { return run(a, a[5], a[6]); }});
          rows.push_back({title + ", no bias", inputs, [=](A a) { return run(a, {}, {}); }});
          rows.push_back({title + ", one bias", {biased.begin(), biased.end() - 1}, [=](A a) {
                            return run(a, a[5], {});
                          }});
          rows.push_back({title + ", the other bias", {biased.begin(), biased.end() - 1}, [=](A a) {
                            return run(a, {}, a[5]);
                          }});
        }
  for (const auto& [cell_name, cell] : {cells[2], cells[3]})
    rows.push_back(
        {fmt::format("{} by batch-last weights", cell_name),
         {{{3, 2, 2}},
          {{2, 3}},
          {{2, 3}},
          {{gate_count(cell) * 3, 2}},
          {{gate_count(cell) * 3, 3}}},
         [cell = cell](A a) {
           const bool lstm = cell == Cell::lstm;
           const Tensor y =
               recurrent(cell, a[0], {a[1], lstm ? a[2] : Tensor()}, a[3], a[4], {}, {}).output;
           return concat({flatten(y), flatten(a[2])});
         }});
  return rows;
}

template <class Layer>
void add_modules(const char* name, std::vector<Row>& rows) {
  for (std::size_t layers : {1, 2})
    for (bool bias : {true, false})
      for (bool batch_first : {true, false})
        for (bool both_ways : {true, false}) {
          Generator generator(1);
          RecurrentOptions options{layers, bias, batch_first, 0, both_ways};
          std::shared_ptr<Recurrent> net;
          if constexpr (std::is_same_v<Layer, RNN>)
            net = std::make_shared<RNN>(2, 3, options, false, generator);
          else
            net = std::make_shared<Layer>(2, 3, options, generator);
          const Shape x = batch_first ? Shape{2, 4, 2} : Shape{4, 2, 2};
          const Shape state{layers * (both_ways ? 2 : 1), 2, 3};
          const std::string title =
              fmt::format("{}, {} layers, bias {}, batch first {}, both ways {}", name, layers,
                          bias, batch_first, both_ways);
          std::vector<Input> inputs{{x}, {state}};
          if (std::is_same_v<Layer, LSTM>) inputs.push_back({state});
          const auto run = [net](A a) {
            return net->run(a[0], a[1], a.size() > 2 ? a[2] : Tensor());
          };
          rows.push_back({title + ", output and states", inputs,
                          [run](A a) {
                            const Recurrent::Result r = run(a);
                            return all_of(r.output, r.h_n, r.c_n);
                          },
                          net});
          rows.push_back(
              {title + ", output alone", {{x}}, [net](A a) { return net->forward(a[0]); }, net});
          rows.push_back({title + ", h_n alone", inputs, [run](A a) { return run(a).h_n; }, net});
          if (inputs.size() > 2)
            rows.push_back({title + ", c_n alone", inputs, [run](A a) { return run(a).c_n; }, net});
        }
}

std::vector<Row> recurrent_modules() {
  std::vector<Row> rows;
  add_modules<RNN>("RNN", rows);
  add_modules<LSTM>("LSTM", rows);
  add_modules<GRU>("GRU", rows);
  return rows;
}

void check_all(const std::vector<Row>& rows) {
  for (const Row& row : rows) check_row(row);
}

TEST_CASE("gradients: the recurrent op") { check_all(recurrent_op()); }
TEST_CASE("gradients: the recurrent modules") { check_all(recurrent_modules()); }

}  // namespace
}  // namespace fanin
