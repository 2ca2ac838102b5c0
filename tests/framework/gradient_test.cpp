#include "framework/ops/activation.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/shape.hpp"
#include "tests/framework/gradient_check.hpp"

// A table of all ops without weights, and their variants. gradient_layers_test.cpp tests the
// others.
namespace fanin {
namespace {

using A = const Inputs&;

const std::vector<std::pair<Shape, Shape>> broadcasts{{{5, 3}, {5, 3}},
                                                      {{5, 3}, {3}},
                                                      {{5, 3}, {1, 3}},
                                                      {{5, 3}, {5, 1}},
                                                      {{5, 3}, {}},
                                                      {{}, {5, 3}},
                                                      {{3}, {5, 3}},
                                                      {{1, 3}, {5, 1}},
                                                      {{4, 2, 3}, {4, 2, 3}},
                                                      {{4, 2, 3}, {2, 1}},
                                                      {{17, 2, 3, 3}, {2, 1, 1}}};

std::vector<Row> arithmetic() {
  std::vector<Row> rows;
  for (const auto& [a, b] : broadcasts) {
    const std::string shapes = to_string(a) + " " + to_string(b);
    const std::vector<Input> inputs{{a}, {b, true, Fill::positive}};
    rows.push_back({"+ " + shapes, inputs, [](A x) { return x[0] + x[1]; }});
    rows.push_back({"- " + shapes, inputs, [](A x) { return x[0] - x[1]; }});
    rows.push_back({"* " + shapes, inputs, [](A x) { return x[0] * x[1]; }});
    rows.push_back({"/ " + shapes, inputs, [](A x) { return x[0] / x[1]; }});
  }
  const std::vector<Input> any{{{5, 3}}}, positive{{{5, 3}, true, Fill::positive}};
  rows.insert(rows.end(), {{"x + 2", any, [](A x) { return x[0] + 2; }},
                           {"x - 2", any, [](A x) { return x[0] - 2; }},
                           {"x * 3", any, [](A x) { return x[0] * 3; }},
                           {"x / 3", any, [](A x) { return x[0] / 3; }},
                           {"2 + x", any, [](A x) { return 2 + x[0]; }},
                           {"2 - x", any, [](A x) { return 2 - x[0]; }},
                           {"3 * x", any, [](A x) { return 3 * x[0]; }},
                           {"3 / x", positive, [](A x) { return 3 / x[0]; }},
                           {"-x", any, [](A x) { return -x[0]; }},
                           {"x * x", any, [](A x) { return x[0] * x[0]; }},
                           {"x / x^2", positive, [](A x) { return x[0] / (x[0] * x[0]); }},
                           {"exp", any, [](A x) { return exp(x[0]); }},
                           {"log", positive, [](A x) { return log(x[0]); }},
                           {"sqrt", positive, [](A x) { return sqrt(x[0]); }}});
  return rows;
}

std::vector<Row> products() {
  const auto t = [](const Tensor& x) { return transpose(x, 0, 1); };
  return {{"matmul", {{{5, 3}}, {{3, 4}}}, [](A x) { return matmul(x[0], x[1]); }},
          {"matmul 1 x 1", {{{1, 1}}, {{1, 1}}}, [](A x) { return matmul(x[0], x[1]); }},
          {"matmul row x column", {{{1, 7}}, {{7, 1}}}, [](A x) { return matmul(x[0], x[1]); }},
          {"matmul 3-D", {{{2, 5, 3}}, {{3, 4}}}, [](A x) { return matmul(x[0], x[1]); }},
          {"matmul 4-D", {{{2, 2, 5, 3}}, {{3, 4}}}, [](A x) { return matmul(x[0], x[1]); }},
          {"matmul A^T B", {{{3, 5}}, {{3, 4}}}, [t](A x) { return matmul(t(x[0]), x[1]); }},
          {"matmul A B^T", {{{5, 3}}, {{4, 3}}}, [t](A x) { return matmul(x[0], t(x[1])); }},
          {"matmul A^T B^T", {{{3, 5}}, {{4, 3}}}, [t](A x) { return matmul(t(x[0]), t(x[1])); }},
          {"matmul A A^T", {{{5, 3}}}, [t](A x) { return matmul(x[0], t(x[0])); }}};
}

std::vector<Row> shapes() {
  const std::vector<Input> images{{{5, 2, 3, 4}}}, cube{{{4, 3, 5}}}, matrix{{{5, 6}}};
  std::vector<Row> rows{
      {"reshape", matrix,
       [](A x) {
         return reshape(x[0], {3, -1});
       }},
      {"reshape to the same", matrix,
       [](A x) {
         return reshape(x[0], {5, 6});
       }},
      {"reshape to 1-D", matrix, [](A x) { return reshape(x[0], {-1}); }},
      {"reshape that keeps the batch", images,
       [](A x) {
         return reshape(x[0], {5, 4, 6});
       }},
      {"reshape that does not", images,
       [](A x) {
         return reshape(x[0], {10, 12});
       }},
      {"reshape to a scalar", {{{1, 1}}}, [](A x) { return reshape(x[0], {}); }},
      {"flatten", images, [](A x) { return flatten(x[0]); }},
      {"flatten images", images, [](A x) { return flatten(x[0], 1); }},
      {"flatten the middle", images, [](A x) { return flatten(x[0], 1, 2); }},
      {"flatten the front", images, [](A x) { return flatten(x[0], 0, -2); }},
      {"flatten a scalar", {{Shape{}}}, [](A x) { return flatten(x[0]); }},
      {"transpose", matrix, [](A x) { return transpose(x[0], 0, 1); }},
      {"transpose 0 1", cube, [](A x) { return transpose(x[0], 0, 1); }},
      {"transpose 1 2", cube, [](A x) { return transpose(x[0], 1, -1); }},
      {"transpose 0 2", cube, [](A x) { return transpose(x[0], 0, 2); }},
      {"transpose 4-D", images, [](A x) { return transpose(x[0], 1, 3); }},
      {"transpose twice", cube, [](A x) { return transpose(transpose(x[0], 0, 2), 1, 2); }},
      {"concat 0", {{{2, 3, 2}}, {{1, 3, 2}}, {{3, 3, 2}}}, [](A x) { return concat(x, 0); }},
      {"concat 1", {{{3, 2, 2}}, {{3, 1, 2}}}, [](A x) { return concat(x, 1); }},
      {"concat -1", {{{3, 2, 2}}, {{3, 2, 1}}}, [](A x) { return concat(x, -1); }},
      {"concat of one twice", matrix, [](A x) {
         return concat({x[0], x[0]}, 1);
       }}};
  for (std::int64_t axis : {0, 1, 2, 3}) {
    const std::string at = " " + std::to_string(axis);
    rows.push_back({"slice" + at, images, [=](A x) { return slice(x[0], axis, 1, 3); }});
    rows.push_back(
        {"slice to the end" + at, images, [=](A x) { return slice(x[0], axis, -1, 9); }});
    rows.push_back({"select" + at, images, [=](A x) { return select(x[0], axis, 1); }});
    rows.push_back({"select last" + at, images, [=](A x) { return select(x[0], axis, -1); }});
  }
  rows.push_back({"select of 1-D", {{{5}}}, [](A x) { return select(x[0], 0, 2); }});
  rows.push_back({"select of 2-D", matrix, [](A x) { return select(x[0], 1, -1); }});
  return rows;
}

std::vector<Row> reductions() {
  using Axes = std::vector<std::int64_t>;
  const std::vector<Input> images{{{5, 2, 3, 4}}};
  std::vector<Row> rows;
  for (const Axes& axes : {Axes{}, {0}, {1}, {-1}, {0, 2}, {1, 3}, {2, 3}, {0, 1, 2, 3}})
    for (bool keep : {false, true}) {
      std::string name = keep ? " keep" : "";
      for (std::int64_t axis : axes) name += " " + std::to_string(axis);
      rows.push_back({"sum" + name, images, [=](A x) { return sum(x[0], axes, keep); }});
      rows.push_back({"mean" + name, images, [=](A x) { return mean(x[0], axes, keep); }});
    }
  rows.push_back({"sum of a scalar", {{Shape{}}}, [](A x) { return sum(x[0]); }});
  rows.push_back({"mean of a vector", {{{7}}}, [](A x) { return mean(x[0]); }});
  rows.push_back({"stddev", images, [](A x) { return stddev(x[0]); }});
  return rows;
}

std::vector<Row> activations() {
  std::vector<Row> rows;
  for (const Shape& shape : {Shape{37}, Shape{5, 3}, Shape{17, 2, 3, 3}, Shape{}}) {
    const std::vector<Input> kinked{{shape, true, Fill::away_from_zero}}, smooth{{shape}};
    const std::string name = " " + to_string(shape);
    rows.push_back({"relu" + name, kinked, [](A x) { return relu(x[0]); }});
    rows.push_back({"tanh" + name, smooth, [](A x) { return tanh(x[0]); }});
    rows.push_back({"sigmoid" + name, smooth, [](A x) { return sigmoid(x[0]); }});
    rows.push_back({"leaky_relu" + name, kinked, [](A x) { return leaky_relu(x[0], 0.3); }});
    rows.push_back({"elu" + name, kinked, [](A x) { return elu(x[0], 1.5); }});
    rows.push_back({"selu" + name, kinked, [](A x) { return selu(x[0]); }});
    rows.push_back({"gelu" + name, smooth, [](A x) { return gelu(x[0]); }});
    rows.push_back({"gelu by tanh" + name, smooth, [](A x) { return gelu(x[0], true); }});
    rows.push_back({"silu" + name, smooth, [](A x) { return silu(x[0]); }});
    rows.push_back({"mish" + name, smooth, [](A x) { return mish(x[0]); }});
    rows.push_back({"hardswish at -3" + name, kinked, [](A x) { return hardswish(x[0] - 3); }});
    rows.push_back({"hardswish at 3" + name, kinked, [](A x) { return hardswish(x[0] + 3); }});
    rows.push_back({"hardtanh" + name, kinked, [](A x) { return hardtanh(x[0], 0, 9); }});
    rows.push_back({"hardtanh at 1" + name, kinked, [](A x) { return hardtanh(x[0] + 1, -9, 1); }});
    rows.push_back({"softsign" + name, smooth, [](A x) { return softsign(x[0]); }});
    rows.push_back({"logsigmoid" + name, smooth, [](A x) { return logsigmoid(x[0]); }});
    rows.push_back({"softplus" + name, smooth, [](A x) { return softplus(x[0], 0.7); }});
    const std::vector<Input> one_slope{kinked[0], parameter({1})};
    rows.push_back({"prelu" + name, one_slope, [](A x) { return prelu(x[0], x[1]); }});
    if (shape.size() > 1) {
      const std::vector<Input> slopes{kinked[0], parameter({shape[1]})};
      rows.push_back({"prelu of channels" + name, slopes, [](A x) { return prelu(x[0], x[1]); }});
    }
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const auto at = static_cast<std::int64_t>(axis);
      const std::string along = name + " along " + std::to_string(axis);
      rows.push_back({"softmax" + along, smooth, [at](A x) { return softmax(x[0], at); }});
      rows.push_back({"log_softmax" + along, smooth, [at](A x) { return log_softmax(x[0], at); }});
    }
  }
  return rows;
}

std::vector<Row> linears() {
  std::vector<Row> rows;
  const auto with_bias = [](A x) { return linear(x[0], x[1], x[2]); };
  for (std::size_t n : {1, 5, 64, 70}) {
    const std::string batch = " of " + std::to_string(n);
    const Input w = parameter({3, 7}), b = parameter({3});
    rows.push_back({"linear" + batch, {{{n, 7}}, w, b}, with_bias});
    rows.push_back({"linear 3-D" + batch, {{{n, 2, 7}}, w, b}, with_bias});
    rows.push_back(
        {"linear without bias" + batch, {{{n, 7}}, w}, [](A x) { return linear(x[0], x[1]); }});
  }
  rows.push_back({"linear 1-D", {{{7}}, parameter({3, 7}), parameter({3})}, with_bias});
  rows.push_back({"linear 1-D to 1", {{{7}}, parameter({1, 7}), parameter({1})}, with_bias});
  rows.push_back({"linear 4-D", {{{5, 2, 3, 7}}, parameter({3, 7}), parameter({3})}, with_bias});
  rows.push_back({"linear 1 to 1", {{{5, 1}}, parameter({1, 1}), parameter({1})}, with_bias});
  // A weight that is the result of an op may have any layout.
  rows.push_back({"linear by W^T", {{{5, 7}}, parameter({7, 3})}, [](A x) {
                    return linear(x[0], transpose(x[1], 0, 1));
                  }});
  rows.push_back(
      {"linear by batch-last W", {{{5, 7}}, {{3, 7}}}, [](A x) { return linear(x[0], x[1]); }});
  return rows;
}

void check_all(const std::vector<Row>& rows) {
  for (const Row& row : rows) check_row(row);
}

TEST_CASE("gradients: arithmetic") { check_all(arithmetic()); }
TEST_CASE("gradients: matmul") { check_all(products()); }
TEST_CASE("gradients: shapes") { check_all(shapes()); }
TEST_CASE("gradients: sums and means") { check_all(reductions()); }
TEST_CASE("gradients: activations") { check_all(activations()); }
TEST_CASE("gradients: linear") { check_all(linears()); }

}  // namespace
}  // namespace fanin
