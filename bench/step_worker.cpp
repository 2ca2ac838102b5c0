#include <chrono>
#include <iostream>
#include <string>

#include "experiments/models.hpp"
#include "framework/core/error.hpp"
#include "framework/nn/embedding.hpp"
#include "framework/nn/linear.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/loss.hpp"
#include "framework/ops/shape.hpp"
#include "framework/optim/optimizer.hpp"
#include "init/function_table.hpp"

// The fanin side of side_by_side: reads counts from stdin, does so many training steps (or fills)
// each time, and answers with the seconds that they took.
namespace {

using namespace fanin;

// Mean of 32 tokens' vectors, and a Linear on it.
class Tokens : public Module {
 public:
  Tokens()
      : table_(add_child("table", std::make_shared<Embedding>(10000, 128))),
        out_(add_child("out", std::make_shared<Linear>(128, 10))) {}
  Tensor forward(const Tensor& x) override { return (*out_)(mean((*table_)(x), {1})); }
  std::string type() const override { return "Tokens"; }

 private:
  std::shared_ptr<Embedding> table_;
  std::shared_ptr<Linear> out_;
};

std::function<void()> training(const std::string& name, std::size_t batch) {
  manual_seed(0);
  const std::shared_ptr<Module> model =
      name == "tokens" ? std::make_shared<Tokens>() : make_model(name, default_generator());
  const auto optimizer =
      std::make_shared<SGD>(model->parameters(), SGDOptions{.lr = 0.01, .momentum = 0.9});
  Array images = name == "tokens" ? Array({batch, 32}) : Array({batch, 1, 28, 28});
  default_generator().normal(images, 0, 1);
  if (name == "tokens")
    for (std::size_t i = 0; i < images.size(); ++i)
      images.data()[i] = static_cast<Real>(default_generator().random() % 10000);
  const Tensor x(images.batch_last());
  Labels labels;
  for (std::size_t i = 0; i < batch; ++i) labels.push_back(static_cast<std::int64_t>(i % 10));
  return [=] {
    Tensor loss = cross_entropy((*model)(x), labels);
    optimizer->zero_grad();
    loss.backward();
    optimizer->step();
  };
}

// "kaiming_normal_ 4096": a square matrix filled.
std::function<void()> filling(const std::string& call, std::size_t n) {
  const Tensor matrix = empty({n, n});
  return [=, fill = parse_init_call(call).fill] { fill(matrix, default_generator()); };
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count != 3) throw Error("usage: fanin_steps MODEL|FUNCTION_ BATCH|EXTENT");
    const std::string name = arguments[1];
    const std::size_t n = std::stoul(arguments[2]);
    const auto work = name.ends_with('_') ? filling(name, n) : training(name, n);
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
