#include <string>

#include "experiments/task/models.hpp"
#include "framework/core/array.hpp"
#include "framework/core/error.hpp"
#include "framework/nn/text.hpp"
#include "tests/fuzz/readers.hpp"

namespace fanin::fuzz {

// A model must also return an array or throw an Error for images, sequences and rows of any kind.
void model(std::string_view bytes) {
  const std::string text(bytes);
  const bool is_name = text.find('(') == std::string::npos;
  Generator generator(1);
  const ArrayLimit limit(1 << 18);
  const auto net = is_name ? make_model(text, generator) : parse_model(text, generator);
  if (is_name) return (void)check_output(*net, {Array::full({1, 1, 28, 28}, 0), {7}}, 10);
  (void)to_string(*net);
  const NoGrad no_grad;
  for (const Shape& shape : {Shape{2, 1, 6, 6}, Shape{3, 2, 5}, Shape{2, 4}, Shape{0, 1, 6, 6}}) {
    const ArrayLimit pass(1 << 16);
    try {
      (void)(*net)(Tensor(Array::full(shape, 1)));
    } catch (const Error&) {  // most models accept only one kind of input
    }
  }
}

}  // namespace fanin::fuzz
