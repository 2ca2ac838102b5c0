#include <fmt/format.h>

#include "framework/nn/rnn.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/conv.hpp"
#include "framework/ops/embedding.hpp"
#include "framework/ops/loss.hpp"
#include "framework/ops/norm.hpp"
#include "framework/ops/shape.hpp"
#include "tests/framework/gradient_check.hpp"

// The rest of the table that gradient_test.cpp begins: ops with weights, windows or states.
namespace fanin {
namespace {

using A = const Inputs&;

struct Conv {
  std::size_t batch;
  Shape x;       // [C, H, W]
  Shape weight;  // [O, C / groups, KH, KW]
  Pair stride = {1, 1}, padding = {0, 0}, dilation = {1, 1};
  std::size_t groups = 1;
};

std::vector<Row> convolutions() {
  const std::vector<Conv> cases{
      {5, {2, 4, 5}, {3, 2, 1, 1}},
      {5, {2, 4, 5}, {3, 2, 3, 3}},
      {5, {1, 7, 6}, {3, 1, 5, 5}},
      {5, {2, 5, 6}, {7, 2, 1, 3}},
      {5, {2, 5, 6}, {2, 2, 4, 2}},
      {5, {2, 7, 6}, {3, 2, 3, 3}, {2, 2}},
      {5, {2, 8, 7}, {3, 2, 3, 2}, {3, 1}},
      {5, {2, 8, 7}, {2, 2, 1, 1}, {3, 3}},  // most inputs are skipped
      {5, {2, 4, 5}, {3, 2, 3, 3}, {1, 1}, {1, 1}},
      {5, {2, 4, 5}, {3, 2, 5, 5}, {1, 1}, {2, 2}},
      {5, {2, 2, 3}, {3, 2, 2, 2}, {1, 1}, {3, 4}},  // more padding than the kernel covers
      {5, {2, 5, 4}, {3, 2, 3, 2}, {2, 3}, {1, 2}},
      {5, {2, 7, 8}, {3, 2, 3, 3}, {1, 1}, {0, 0}, {2, 2}},
      {5, {2, 7, 8}, {3, 2, 2, 3}, {2, 1}, {1, 2}, {3, 2}},
      {5, {4, 5, 4}, {6, 2, 3, 3}, {1, 1}, {1, 1}, {1, 1}, 2},
      {5, {4, 5, 4}, {4, 1, 3, 3}, {1, 1}, {0, 0}, {1, 1}, 4},   // depthwise
      {5, {3, 5, 5}, {6, 1, 3, 3}, {2, 2}, {1, 0}, {1, 1}, 3},   // depthwise, two maps each
      {5, {8, 3, 3}, {14, 4, 2, 2}, {1, 1}, {0, 0}, {1, 1}, 2},  // a tile of rows and one more
      {5, {2, 3, 3}, {3, 2, 3, 3}},                              // to 1 by 1
      {1, {1, 1, 1}, {1, 1, 1, 1}},
      {1, {2, 4, 5}, {3, 2, 3, 3}, {1, 1}, {1, 1}},
      {16, {2, 4, 4}, {3, 2, 3, 3}, {1, 1}, {1, 1}},
      {17, {2, 4, 4}, {3, 2, 3, 3}, {2, 2}, {1, 1}},
      {33, {1, 4, 4}, {2, 1, 3, 3}}};
  std::vector<Row> rows;
  for (const Conv& c : cases) {
    const Shape x{c.batch, c.x[0], c.x[1], c.x[2]};
    const std::string name =
        fmt::format("conv2d {} by {}, stride {}, padding {}, dilation {}, groups {}", to_string(x),
                    to_string(c.weight), c.stride[0], c.padding[0], c.dilation[0], c.groups);
    rows.push_back({name, {{x}, parameter(c.weight), parameter({c.weight[0]})}, [c](A a) {
                      return conv2d(a[0], a[1], a[2], c.stride, c.padding, c.dilation, c.groups);
                    }});
    rows.push_back({name + ", no bias", {{x}, parameter(c.weight)}, [c](A a) {
                      return conv2d(a[0], a[1], {}, c.stride, c.padding, c.dilation, c.groups);
                    }});
  }
  // Weights that come from another op lie in any order.
  rows.push_back({"conv2d by a batch-last weight", {{{5, 2, 4, 5}}, {{3, 2, 3, 3}}}, [](A a) {
                    return conv2d(a[0], a[1]);
                  }});
  return rows;
}

std::vector<Row> pools() {
  struct Pool {
    Shape x;
    Pair kernel, stride, padding = {0, 0}, dilation = {1, 1};
    bool ceil = false;
  };
  const std::vector<Pool> cases{{{5, 2, 4, 6}, {2, 2}, {2, 2}},
                                {{1, 2, 4, 6}, {2, 2}, {2, 2}},
                                {{17, 2, 5, 4}, {2, 2}, {2, 2}},
                                {{5, 2, 6, 7}, {3, 3}, {1, 1}},  // overlapping
                                {{5, 2, 6, 7}, {3, 3}, {2, 2}, {1, 1}},
                                {{5, 2, 6, 7}, {3, 2}, {2, 1}, {1, 0}, {1, 3}},
                                {{5, 2, 6, 5}, {2, 2}, {1, 1}, {0, 0}, {2, 2}},
                                {{5, 1, 7, 7}, {2, 2}, {3, 3}},  // gaps between windows
                                {{5, 1, 5, 5}, {2, 2}, {2, 2}, {0, 0}, {1, 1}, true},
                                {{5, 1, 5, 6}, {3, 3}, {2, 2}, {1, 1}, {1, 1}, true},
                                {{5, 1, 3, 3}, {1, 1}, {1, 1}},
                                {{5, 1, 3, 3}, {3, 3}, {1, 1}}};
  std::vector<Row> rows;
  for (const Pool& p : cases)
    rows.push_back(
        {fmt::format("max_pool2d {} by {} {}, stride {}, padding {}, dilation {}{}", to_string(p.x),
                     p.kernel[0], p.kernel[1], p.stride[0], p.padding[0], p.dilation[0],
                     p.ceil ? ", ceil" : ""),
         {{p.x, true, Fill::far_apart}},
         [p](A a) { return max_pool2d(a[0], p.kernel, p.stride, p.padding, p.dilation, p.ceil); }});
  return rows;
}

std::vector<Row> norms() {
  std::vector<Row> rows;
  std::mt19937 random(3);
  for (const Shape& shape :
       {Shape{2, 3}, Shape{17, 3}, Shape{4, 3, 5}, Shape{5, 3, 2, 4}, Shape{1, 3, 2, 4}})
    for (bool batch : {true, false}) {
      const Array mean = random_array(random, {3}), var = random_array(random, {3}, 0, 0.5, 2);
      // Copies, so that the many evaluations of a check all see the same running statistics.
      const auto norm = [=](const Tensor& x, const Tensor& w, const Tensor& b) {
        return batch_norm(x, w, b, mean.clone(), var.clone(), batch, 0.1, 1e-5);
      };
      const std::string name =
          "batch_norm " + to_string(shape) + (batch ? ", the batch's" : ", the running statistics");
      const Input w = parameter({3}), b = parameter({3});
      rows.push_back({name, {{shape}, w, b}, [=](A a) { return norm(a[0], a[1], a[2]); }});
      rows.push_back({name + ", bare", {{shape}}, [=](A a) { return norm(a[0], {}, {}); }});
      rows.push_back({name + ", no bias", {{shape}, w}, [=](A a) { return norm(a[0], a[1], {}); }});
      rows.push_back(
          {name + ", no weight", {{shape}, b}, [=](A a) { return norm(a[0], {}, a[1]); }});
    }
  rows.push_back({"batch_norm, not tracked", {{{4, 3, 5}}}, [](A a) {
                    return batch_norm(a[0], {}, {}, {}, {}, true, 0.1, 1e-5);
                  }});
  return rows;
}

std::vector<Row> losses_and_tables() {
  std::vector<Row> rows;
  for (const auto& [n, classes] : {std::pair{1, 10}, {5, 3}, {16, 10}, {17, 1}, {70, 4}}) {
    const auto count = static_cast<std::size_t>(n), k = static_cast<std::size_t>(classes);
    Labels labels;
    for (std::size_t i = 0; i < count; ++i) labels.push_back(static_cast<std::int64_t>(i * 7 % k));
    rows.push_back({fmt::format("cross_entropy [{}, {}]", n, classes), {{{count, k}}}, [=](A a) {
                      return cross_entropy(a[0], labels);
                    }});
    rows.push_back({fmt::format("cross_entropy [{}, {}] twice", n, classes),
                    {{{count, k}}},
                    [=](A a) { return cross_entropy(a[0] * 2, labels) * 3; }});
  }
  const Array repeated({2, 3}, std::vector<Real>{1, 4, 1, 0, 1, 3});
  for (std::size_t lane : {0, 1}) {
    const Array at = repeated.with_lane_axis(lane);
    rows.push_back({"embedding", {parameter({6, 5})}, [at](A a) { return embedding(at, a[0]); }});
  }
  rows.push_back({"embedding by batch-last weight", {{{6, 5}}}, [repeated](A a) {
                    return embedding(repeated, a[0]);
                  }});
  return rows;
}

// Everything that an LSTM gives, as one vector.
Tensor all_of(const Tensor& output, const Tensor& h, const Tensor& c) {
  return concat({flatten(output), flatten(h), flatten(c)});
}

std::vector<Row> lstm_op() {
  std::vector<Row> rows;
  const std::vector<std::pair<std::string, Tensor (*)(const LstmOutput&)>> through{
      {"output", [](const LstmOutput& r) { return r.output; }},
      {"h_n", [](const LstmOutput& r) { return r.last.h; }},
      {"c_n", [](const LstmOutput& r) { return r.last.c; }},
      {"all", [](const LstmOutput& r) { return all_of(r.output, r.last.h, r.last.c); }},
      {"h_n and c_n", [](const LstmOutput& r) { return r.last.h * r.last.c; }}};
  for (const Shape& x : {Shape{4, 3, 2}, Shape{1, 2, 3}, Shape{2, 17, 2}, Shape{3, 1, 1}})
    for (bool reverse : {false, true})
      for (const auto& [name, take] : through) {
        const std::size_t h = 3;
        const std::vector<Input> inputs{
            {x}, {{x[1], h}}, {{x[1], h}}, parameter({4 * h, x[2]}), parameter({4 * h, h})};
        std::vector<Input> biased = inputs;
        biased.insert(biased.end(), 2, parameter({4 * h}));
        const std::string title =
            fmt::format("lstm {}{}, {}", to_string(x), reverse ? " reverse" : "", name);
        rows.push_back({title, biased, [=, take = take](A a) {
                          return take(lstm(a[0], {a[1], a[2]}, a[3], a[4], a[5], a[6], reverse));
                        }});
        rows.push_back({title + ", no bias", inputs, [=, take = take](A a) {
                          return take(lstm(a[0], {a[1], a[2]}, a[3], a[4], {}, {}, reverse));
                        }});
        rows.push_back(
            {title + ", one bias", {biased.begin(), biased.end() - 1}, [=, take = take](A a) {
               return take(lstm(a[0], {a[1], a[2]}, a[3], a[4], a[5], {}, reverse));
             }});
      }
  rows.push_back({"lstm by batch-last weights",
                  {{{3, 2, 2}}, {{2, 3}}, {{2, 3}}, {{12, 2}}, {{12, 3}}},
                  [](A a) {
                    return lstm(a[0], {a[1], a[2]}, a[3], a[4], {}, {}).output;
                  }});
  return rows;
}

std::vector<Row> lstm_module() {
  std::vector<Row> rows;
  for (std::size_t layers : {1, 2})
    for (bool bias : {true, false})
      for (bool batch_first : {true, false})
        for (bool both_ways : {true, false}) {
          Generator generator(1);
          const auto net = std::make_shared<LSTM>(
              2, 3, LSTMOptions{layers, bias, batch_first, both_ways}, generator);
          const Shape x = batch_first ? Shape{2, 4, 2} : Shape{4, 2, 2};
          const Shape state{layers * (both_ways ? 2 : 1), 2, 3};
          const std::string name =
              fmt::format("LSTM, {} layers, bias {}, batch first {}, both ways {}", layers, bias,
                          batch_first, both_ways);
          const std::vector<Input> inputs{{x}, {state}, {state}};
          rows.push_back({name + ", output and states", inputs,
                          [net](A a) {
                            const LSTM::Result r = net->run(a[0], a[1], a[2]);
                            return all_of(r.output, r.h_n, r.c_n);
                          },
                          net});
          rows.push_back(
              {name + ", output alone", {{x}}, [net](A a) { return net->forward(a[0]); }, net});
          rows.push_back({name + ", h_n alone", inputs,
                          [net](A a) { return net->run(a[0], a[1], a[2]).h_n; }, net});
          rows.push_back({name + ", c_n alone", inputs,
                          [net](A a) { return net->run(a[0], a[1], a[2]).c_n; }, net});
        }
  return rows;
}

void check_all(const std::vector<Row>& rows) {
  for (const Row& row : rows) check_row(row);
}

TEST_CASE("gradients: conv2d") { check_all(convolutions()); }
TEST_CASE("gradients: max_pool2d") { check_all(pools()); }
TEST_CASE("gradients: batch_norm") { check_all(norms()); }
TEST_CASE("gradients: cross entropy and embedding") { check_all(losses_and_tables()); }
TEST_CASE("gradients: the lstm op") { check_all(lstm_op()); }
TEST_CASE("gradients: the LSTM module") { check_all(lstm_module()); }

TEST_CASE("gradients: an embedding's padding row gets none") {
  std::mt19937 random(1);
  const Tensor table(random_array(random, {4, 3}), true);
  const Array indices({5}, std::vector<Real>{1, 2, 1, 3, 2});
  Tensor loss = sum(embedding(indices, table, 2));
  loss.backward();
  const std::vector<Real> counts{0, 2, 0, 1};  // how often each row was taken; row 2 is padding
  for (std::size_t row = 0; row < 4; ++row)
    for (std::size_t i = 0; i < 3; ++i) CHECK(table.grad().at({row, i}) == counts[row]);
}

}  // namespace
}  // namespace fanin
