// An example of a user's program. It defines a layer, initialises a network, trains it for a few
// steps, and uses an xtensor expression on one of the library's arrays.
#include <cstdio>

#include "init/fanin.hpp"

using namespace fanin;

struct Doubled : Module {
  std::string type() const override { return "Doubled"; }
  Tensor forward(const Tensor& x) override { return x + x; }
};

int main() {
  manual_seed(0);
  Sequential net({std::make_shared<Linear>(20, 8), std::make_shared<Doubled>(),
                  std::make_shared<Linear>(8, 10)});
  for (Module* module : net.modules())
    if (auto* linear = dynamic_cast<Linear*>(module)) init::xavier_uniform_(linear->weight);
  SGD optimizer(net.parameters(), {.lr = 0.1});
  const Tensor x = randn({16, 20});
  const Labels labels(16, 3);
  double first = 0, last = 0;
  for (int step = 0; step < 20; ++step) {
    const Tensor loss = cross_entropy(net(x), labels);
    optimizer.zero_grad();
    Tensor(loss).backward();
    optimizer.step();
    (step == 0 ? first : last) = loss.item();
  }
  const auto seen = xt::eval(xt::mean(memory_view(x.value())));
  std::printf("loss %.4f to %.4f, mean of the inputs %.4f\n", first, last, seen());
  return last < first ? 0 : 1;
}
