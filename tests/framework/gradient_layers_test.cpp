#include <fmt/format.h>

#include "framework/ops/arithmetic.hpp"
#include "framework/ops/conv.hpp"
#include "framework/ops/loss.hpp"
#include "framework/ops/norm.hpp"
#include "framework/ops/shape.hpp"
#include "framework/ops/window.hpp"
#include "tests/framework/gradient_check.hpp"

// The second part of gradient_test.cpp's table: ops with weights or windows.
namespace fanin {
namespace {

using A = const Inputs&;

struct Conv {
  std::size_t batch;
  Shape x;       // [C, H, W]
  Shape weight;  // [O, C / groups, KH, KW]
  Extents stride = 1;
  Padding padding = 0;
  Extents dilation = 1;
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
      {5, {3, 5, 5}, {6, 1, 3, 3}, {2, 2}, {1, 0}, {1, 1}, 3},   // depthwise, 2 outputs each
      {5, {8, 3, 3}, {14, 4, 2, 2}, {1, 1}, {0, 0}, {1, 1}, 2},  // one row more than a tile
      {5, {2, 3, 3}, {3, 2, 3, 3}},                              // the output is 1 by 1
      {1, {1, 1, 1}, {1, 1, 1, 1}},
      {1, {2, 4, 5}, {3, 2, 3, 3}, {1, 1}, {1, 1}},
      {16, {2, 4, 4}, {3, 2, 3, 3}, {1, 1}, {1, 1}},
      {17, {2, 4, 4}, {3, 2, 3, 3}, {2, 2}, {1, 1}},
      {33, {1, 4, 4}, {2, 1, 3, 3}}};
  std::vector<Row> rows;
  for (const Conv& c : cases) {
    const Shape x{c.batch, c.x[0], c.x[1], c.x[2]};
    const std::string name = fmt::format(
        "conv2d {} by {}, stride {}, padding {}, dilation {}, groups {}", to_string(x),
        to_string(c.weight), c.stride.of(0), c.padding.of(0), c.dilation.of(0), c.groups);
    rows.push_back({name, {{x}, parameter(c.weight), parameter({c.weight[0]})}, [c](A a) {
                      return conv2d(a[0], a[1], a[2], c.stride, c.padding, c.dilation, c.groups);
                    }});
    rows.push_back({name + ", no bias", {{x}, parameter(c.weight)}, [c](A a) {
                      return conv2d(a[0], a[1], {}, c.stride, c.padding, c.dilation, c.groups);
                    }});
  }
  // A weight that is the result of an op may have any layout.
  rows.push_back({"conv2d by a batch-last weight", {{{5, 2, 4, 5}}, {{3, 2, 3, 3}}}, [](A a) {
                    return conv2d(a[0], a[1]);
                  }});
  return rows;
}

// Convolutions of one and three axes use the same code.
std::vector<Row> other_ranks() {
  return {{"conv1d",
           {{{5, 2, 7}}, parameter({3, 2, 3}), parameter({3})},
           [](A a) {
             return conv(a[0], a[1], a[2], {1, 2, 1});
           }},
          {"conv1d, same",
           {{{5, 4, 7}}, parameter({6, 2, 4})},
           [](A a) {
             return conv(a[0], a[1], {}, {1, 1, "same", 3, 2});
           }},
          {"conv2d, same",
           {{{3, 2, 5, 4}}, parameter({3, 2, 2, 4}), parameter({3})},
           [](A a) {
             return conv2d(a[0], a[1], a[2], 1, "same", {1, 2});
           }},
          {"conv3d",
           {{{5, 2, 3, 4, 5}}, parameter({3, 2, 2, 3, 2}), parameter({3})},
           [](A a) {
             return conv(a[0], a[1], a[2], {3, {1, 2, 1}, {1, 0, 2}, {2, 1, 3}});
           }},
          {"conv3d, groups",
           {{{17, 4, 2, 3, 3}}, parameter({4, 1, 2, 2, 2})},
           [](A a) {
             return conv(a[0], a[1], {}, {3, 1, "same", 1, 4});
           }},
          {"conv2d, no batch",
           {{{2, 4, 5}}, parameter({3, 2, 3, 3})},
           [](A a) { return conv2d(a[0], a[1]); }},
          {"pad circular, 1-D",
           {{{17, 2, 3}}},
           [](A a) {
             return pad(a[0], {3, 2}, "circular");
           }},
          {"pad circular",
           {{{5, 2, 3, 4}}},
           [](A a) {
             return pad(a[0], {1, 4, 3, 0}, "circular");
           }},
          {"pad constant",
           {{{5, 2, 3, 4}}},
           [](A a) {
             return pad(a[0], {1, 2, 0, 3}, "constant");
           }},
          {"pad reflect, no batch",
           {{{2, 3, 4}}},
           [](A a) {
             return pad(a[0], {3, 1, 0, 2}, "reflect");
           }},
          {"pad replicate, 3-D",
           {{{5, 2, 2, 1, 3}}},
           [](A a) {
             return pad(a[0], {0, 5, 2, 1, 1, 0}, "replicate");
           }},
          {"max_pool1d",
           {{{5, 2, 7}, true, Fill::far_apart}},
           [](A a) {
             return max_pool(1, a[0], {3, 2, 1, 1, true});
           }},
          {"avg_pool1d",
           {{{5, 2, 7}}},
           [](A a) {
             return avg_pool(1, a[0], 3, 2, {1, true});
           }},
          {"avg_pool2d",
           {{{5, 2, 5, 7}}},
           [](A a) {
             return avg_pool(2, a[0], {3, 2}, {2, 1}, {{1, 1}, true, false});
           }},
          {"avg_pool2d, divisor",
           {{{17, 2, 5, 7}}},
           [](A a) {
             return avg_pool(2, a[0], 2, 3, {0, false, true, 7});
           }},
          {"adaptive_avg_pool2d",
           {{{5, 2, 5, 7}}},
           [](A a) {
             return adaptive_avg_pool2d(a[0], {3, 4});
           }},
          {"adaptive_avg_pool2d, larger", {{{5, 2, 2, 3}}}, [](A a) {
             return adaptive_avg_pool2d(a[0], {5, 4});
           }}};
}

std::vector<Row> pools() {
  struct Pool {
    Shape x;
    Extents kernel, stride, padding = 0, dilation = 1;
    bool ceil = false;
  };
  const std::vector<Pool> cases{{{5, 2, 4, 6}, {2, 2}, {2, 2}},
                                {{1, 2, 4, 6}, {2, 2}, {2, 2}},
                                {{17, 2, 5, 4}, {2, 2}, {2, 2}},
                                {{5, 2, 6, 7}, {3, 3}, {1, 1}},  // overlapping windows
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
                     p.kernel.of(0), p.kernel.of(1), p.stride.of(0), p.padding.of(0),
                     p.dilation.of(0), p.ceil ? ", ceil" : ""),
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
      // Copies of the running statistics, so that all evaluations of a check see the same ones.
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
  for (const Shape& shape : {Shape{3, 5}, Shape{17, 6}, Shape{2, 4, 3}}) {
    const Shape last{shape.back()}, most(shape.begin() + 1, shape.end());
    rows.push_back({"layer_norm " + to_string(shape),
                    {{shape}, parameter(last), parameter(last)},
                    [=](A a) { return layer_norm(a[0], last, a[1], a[2]); }});
    rows.push_back({"layer_norm, all but the first axis " + to_string(shape),
                    {{shape}, parameter(most)},
                    [=](A a) { return layer_norm(a[0], most, a[1], {}, 0.1); }});
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
  for (const Shape& shape : {Shape{5, 3}, Shape{17, 4}, Shape{2, 3, 4}}) {
    Labels labels;
    for (std::size_t i = 0; i < shape.numel() / shape[1]; ++i)
      labels.push_back(static_cast<std::int64_t>(i * 7 % shape[1]));
    const Array target = Array::full(shape, Real(0.3));
    Array apart(shape);  // |x| has no slope at 0
    for (std::size_t i = 0; i < apart.size(); ++i) apart.data()[i] = i % 2 == 0 ? 9 : -9;
    const std::string at = " " + to_string(shape);
    rows.push_back({"cross_entropy, smooth" + at, {{shape}}, [=](A a) {
                      return cross_entropy(a[0], labels, {1, 0.2});
                    }});
    rows.push_back({"nll_loss" + at, {{shape}}, [=](A a) { return nll_loss(a[0], labels, 2); }});
    rows.push_back({"mse_loss" + at, {{shape}, {shape}}, [](A a) { return mse_loss(a[0], a[1]); }});
    rows.push_back({"mse_loss, sum" + at, {{shape}, {shape}}, [](A a) {
                      return mse_loss(a[0], a[1], Reduction::sum);
                    }});
    for (const Reduction r : {Reduction::mean, Reduction::sum}) {
      rows.push_back({"l1_loss" + at, {{shape}, {shape}}, [=](A a) {
                        return l1_loss(a[0], a[1] + Tensor(apart), r);
                      }});
      rows.push_back({"smooth_l1_loss, beta=0" + at, {{shape}, {shape}}, [=](A a) {
                        return smooth_l1_loss(a[0], a[1] + Tensor(apart), r, 0);
                      }});
      rows.push_back({"smooth_l1_loss" + at, {{shape}, {shape}}, [=](A a) {
                        return smooth_l1_loss(a[0], a[1], r, 0.7);
                      }});
      rows.push_back({"binary_cross_entropy_with_logits" + at, {{shape}}, [=](A a) {
                        return binary_cross_entropy_with_logits(a[0] * 3, Tensor(target), r);
                      }});
    }
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

void check_all(const std::vector<Row>& rows) {
  for (const Row& row : rows) check_row(row);
}

TEST_CASE("gradients: conv2d") { check_all(convolutions()); }
TEST_CASE("gradients: windows over 1 and 3 axes, and average pooling") { check_all(other_ranks()); }
TEST_CASE("gradients: max_pool2d") { check_all(pools()); }
TEST_CASE("gradients: batch_norm and layer_norm") { check_all(norms()); }
TEST_CASE("gradients: cross entropy and embedding") { check_all(losses_and_tables()); }

TEST_CASE("gradients: an embedding's padding row has no gradient") {
  std::mt19937 random(1);
  const Tensor table(random_array(random, {4, 3}), true);
  const Array indices({5}, std::vector<Real>{1, 2, 1, 3, 2});
  Tensor loss = sum(embedding(indices, table, 2));
  loss.backward();
  const std::vector<Real> counts{0, 2, 0, 1};  // how often each row is looked up; row 2 is padding
  for (std::size_t row = 0; row < 4; ++row)
    for (std::size_t i = 0; i < 3; ++i) CHECK(table.grad().at({row, i}) == counts[row]);
}

}  // namespace
}  // namespace fanin
