#include <chrono>
#include <iostream>
#include <sstream>
#include <string>

#include "bench/steps.hpp"
#include "framework/core/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "init/function_table.hpp"

// The fanin side of side_by_side: reads counts from stdin, does so many training steps (or fills)
// each time, and answers with the seconds that they took.
namespace {

using namespace fanin;

// "kaiming_normal_ 64,3,7,7": a tensor filled.
std::function<void()> filling(const std::string& call, const std::string& extents) {
  Shape shape;
  std::istringstream text(extents);
  for (std::string extent; std::getline(text, extent, ',');) shape.push_back(std::stoul(extent));
  const Tensor tensor = empty(shape);
  return [=, fill = parse_init_call(call).fill] { fill(tensor, default_generator()); };
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count != 3) throw Error("usage: fanin_steps MODEL BATCH | FUNCTION_ SHAPE");
    const std::string name = arguments[1], size = arguments[2];
    const bool fills = name.substr(0, name.find(':')).ends_with('_');
    const auto work = fills ? filling(name, size) : training_step(name, std::stoul(size));
    work();
    std::cout << "ready" << std::endl;
    for (std::size_t steps = 0; std::cin >> steps;) {
      const auto begun = std::chrono::steady_clock::now();
      for (std::size_t i = 0; i < steps; ++i) work();
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begun;
      std::cout << spent.count() << std::endl;
    }
  } catch (const Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
