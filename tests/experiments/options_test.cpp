#include "experiments/cli/train.hpp"

#include <random>

#include "framework/core/error.hpp"
#include "init/named_options.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

using Words = std::vector<std::string>;

// The message of parse_train() about bad arguments.
std::string complaint(const Words& arguments) {
  try {
    parse_train(arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

const Words odd_texts = {"plain", "two words", "-dash", "--lr", "it's",
                         "a=b",   "$HOME",     "#",     "ü",    "-1"};
const Words numbers = {"0.1", "1e-05", "0.30000000000000004", "0.9", "1e-300"};

TrainOptions random_options(std::mt19937& random) {
  const auto pick = [&random](const Words& words) { return words[random() % words.size()]; };
  TrainOptions options;
  options.model = pick({"lenet5", "mlp:depth=3,act=relu", "my nets/net.txt"});
  for (const TrainOption& option : train_option_table()) {
    if (random() % 2 == 0) continue;
    if (option.kind == OptionKind::count)
      option.set(options, std::to_string(1 + random() % 1000));
    else if (option.kind == OptionKind::number)
      option.set(options, pick(numbers));
    else if (option.kind == OptionKind::text)
      option.set(options, pick(odd_texts));  // refused if the option has choices
  }
  if (random() % 2 == 0) options.seed = 0xFFFF'FFFF'FFFF'FFFF;
  if (options.save == options.log) options.save.clear();
  options.optimizer = pick({"sgd", "adam", "adamw", "rmsprop", "adadelta", "muon"});
  options.loader_rng = pick({"own", "global", "none"});
  if (options.optimizer.starts_with("ad")) options.momentum.reset();
  options.nesterov = options.optimizer == "sgd" && options.momentum > 0;
  if (options.optimizer != "sgd" || options.nesterov || !options.momentum) options.dampening = 0;
  options.amsgrad = options.optimizer == "adamw";
  if (options.optimizer == "muon")
    options.adjust_lr_fn = "match_rms_adamw";
  else
    options.adamw_lr = TrainOptions().adamw_lr;
  if (random() % 2 == 0) options.schedule = "warmup:steps=5+step:step_size=3,gamma=0.5";
  if (!options.data_mean || !options.data_std)
    options.data_mean = options.data_std = std::nullopt;
  else if (random() % 2 == 0)
    options.dataset = "idx";
  return options;
}

TEST_CASE("options: the argument list gives the options that it was made from") {
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    const TrainOptions options = random_options(random);
    const Words arguments = train_arguments(options);
    CAPTURE(train_command(options));
    REQUIRE(parse_train(arguments) == options);
  }
}

TEST_CASE("options: the argument list leaves out default values") {
  const TrainOptions options =
      parse_train({"lenet5", "--init", "default", "--seed", "0", "--epochs", "1", "--optimizer",
                   "sgd", "--dampening", "0.0"});
  CHECK(train_arguments(options) == Words{"lenet5"});
  CHECK(train_arguments(parse_train({"lenet5", "--nesterov", "--momentum=.5"})) ==
        Words{"lenet5", "--momentum", "0.5", "--nesterov"});
}

TEST_CASE("options: a run's command identifies the run, and nothing else") {
  TrainOptions options =
      parse_train({"my net.txt", "--seed", "3", "--log", "a/b.jsonl", "--save", "a/b.safetensors"});
  CHECK(train_command(options) == "fanin train 'my net.txt' --seed 3");
  options = with_optimizer_defaults(options);  // does not change which run it is
  options.model = "it's";
  CHECK(train_command(options) == "fanin train 'it'\\''s' --seed 3");
}

TEST_CASE(
    "options: values out of range are refused, and the message names the option and the value") {
  const std::vector<std::pair<Words, std::string>> cases = {
      {{"--batch", "0"}, "--batch must be a whole number of 1 or more, not \"0\""},
      {{"--batch", "6.5"}, "--batch must be a whole number of 1 or more, not \"6.5\""},
      {{"--batch", "-64"}, "--batch must be a whole number of 1 or more, not \"-64\""},
      {{"--loss", "mce"},
       "--loss must be one of cross_entropy, binary_cross_entropy, mse, l1, smooth_l1, nll, not "
       "\"mce\"; did you mean \"mse\"?"},
      {{"--epochs", "0"}, "--epochs must be a whole number of 1 or more, not \"0\""},
      {{"--seed", "-1"}, "--seed must be a whole number of 0 or more, not \"-1\""},
      {{"--seed", "18446744073709551616"}, "--seed must be"},
      {{"--epochs", "1000000001"}, "--epochs must be at most 1000000000, not 1000000001"},
      {{"--batch", "18446744073709551615"}, "--batch must be at most 1000000000"},
      {{"--lr", "-0.1"}, "--lr must be a finite number above 0, not \"-0.1\""},
      {{"--momentum", "nan"}, "--momentum must be a number of at least 0 and below 1, not \"nan\""},
      {{"--weight-decay", "1e999"}, "--weight-decay must be a finite number of 0 or more"},
      {{"--init", std::string(100'000, '{')}, ""},
      {{"--schedule", "step:step_size=-1"}, "--schedule step: step_size must be a whole number"},
      {{"--schedule", "cosine:eta_min=nan"}, "--schedule cosine: eta_min must be a number"},
      {{"--lr", "0"}, "--lr must be a finite number above 0, not \"0\""},
      {{"--lr", "nan"}, "--lr must be a finite number above 0, not \"nan\""},
      {{"--lr", "inf"}, "--lr must be"},
      {{"--lr", "0.1x"}, "--lr must be"},
      {{"--momentum", "1"}, "--momentum must be a number of at least 0 and below 1, not \"1\""},
      {{"--weight-decay", "-1e-4"}, "--weight-decay must be a finite number of 0 or more"},
      {{"--optimizer", "adm"}, "not \"adm\"; did you mean \"adam\"?"},
      {{"--dataset", "cifar"},
       "--dataset must be one of mnist, fashion-mnist, idx, copy, not \"cifar\""},
      {{"--dataset", "copy:delay=10000,train=1000000"},
       "--dataset copy: delay, train and test make"},
      {{"--init", ""}, "--init must not be empty"},
  };
  for (const auto& [arguments, message] : cases) {
    Words words = {"lenet5"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    CHECK_THAT(complaint(words), ContainsSubstring(message));
  }
}

TEST_CASE("options: combinations without a meaning are refused") {
  CHECK_THAT(complaint({"lenet5", "--optimizer", "adam", "--momentum", "0.9"}),
             ContainsSubstring("momentum works with sgd, rmsprop and muon, not adam"));
  CHECK(complaint({"lenet5", "--optimizer", "adam", "--momentum", "0"}).empty());
  CHECK_THAT(complaint({"lenet5", "--dampening", "0.1"}),
             ContainsSubstring("dampening needs a momentum above 0"));
  CHECK_THAT(complaint({"lenet5", "--nesterov", "--momentum", "0.9", "--dampening", "0.1"}),
             ContainsSubstring("no dampening"));
  CHECK_THAT(complaint({"lenet5", "--amsgrad"}),
             ContainsSubstring("amsgrad works with adam and adamw, not sgd"));
  CHECK_THAT(complaint({"lenet5", "--adamw-lr", "0.1"}),
             ContainsSubstring("adamw_lr works with muon, not sgd"));
  CHECK_THAT(complaint({"lenet5", "--optimizer", "muon", "--nesterov"}),
             ContainsSubstring("nesterov works with sgd, not muon"));
  const Words adadelta = {"lenet5", "--optimizer", "adadelta", "--schedule"};
  const auto with = [](Words words, const char* last) { return words.push_back(last), words; };
  CHECK_THAT(complaint(with(adadelta, "one_cycle")),
             ContainsSubstring("moves the momentum, but adadelta has none: add :cycle_momentum"));
  CHECK(complaint(with(adadelta, "one_cycle:cycle_momentum=false")).empty());
  CHECK_THAT(complaint({"lenet5", "--nesterov"}), ContainsSubstring("momentum above 0"));
  CHECK_THAT(complaint({"lenet5", "--data-mean", "0.1"}), ContainsSubstring("go together"));
  CHECK(complaint({"lenet5", "--data-mean", "0", "--data-std", "1"}).empty());
  CHECK_THAT(complaint({"lenet5", "--dataset", "idx", "--data-mean", "0"}),
             ContainsSubstring("go together"));
  CHECK(complaint({"lenet5", "--dataset", "idx", "--data-mean", "0", "--data-std", "1"}).empty());
  CHECK(complaint({"lenet5", "--lr", "0.1", "--lr", "0.2"}) != "");
  CHECK(complaint({"lenet5", "--epoch", "1"}) != "");
  CHECK_THAT(complaint({"net\xff.txt", "--log", "a.jsonl"}), EndsWith("which a log must be"));
  CHECK(complaint({}) != "");
}

TEST_CASE("options: learning rate and weight decay default to those of PyTorch's optimizer") {
  const auto defaults = [](const std::string& optimizer) {
    const TrainOptions options =
        with_optimizer_defaults(parse_train({"lenet5", "--optimizer", optimizer}));
    return std::pair{*options.lr, *options.weight_decay};
  };
  CHECK(defaults("sgd") == std::pair{0.01, 0.});
  CHECK(defaults("adam") == std::pair{0.001, 0.});
  CHECK(defaults("adamw") == std::pair{0.001, 0.01});
  CHECK(defaults("rmsprop") == std::pair{0.01, 0.});
  CHECK(defaults("adadelta") == std::pair{1., 0.});
  const TrainOptions muon = with_optimizer_defaults(parse_train({"lenet5", "--optimizer", "muon"}));
  CHECK(muon.lr == 0.001);
  CHECK(muon.momentum == 0.95);
  CHECK_FALSE(muon.weight_decay.has_value());  // muon's and its AdamW's are different
  CHECK(train_command(muon) == "fanin train lenet5 --optimizer muon");
  const TrainOptions given =
      parse_train({"lenet5", "--lr", "0.5", "--weight-decay", "0", "--momentum", "0.1"});
  CHECK(with_optimizer_defaults(given) == given);
}

TEST_CASE("options: the nearest word is suggested only if it is near") {
  CHECK(did_you_mean("epoch", {"batch", "epochs"}) == "; did you mean \"epochs\"?");
  CHECK(did_you_mean("wieght_decay", {"lr", "weight_decay"}) == "; did you mean \"weight_decay\"?");
  CHECK(did_you_mean("colour", {"lr", "batch"}) == "");
  CHECK(did_you_mean("x", {}) == "");
  CHECK(did_you_mean("xavier", {"zero", "xavier_normal"}) == "; did you mean \"xavier_normal\"?");
  CHECK(did_you_mean("learning_rate", {"batch", "lr"}) == "; did you mean \"lr\"?");
}

TEST_CASE("options: diagnostics are rarer with small batches, unless their interval is set") {
  CHECK_FALSE(parse_train({"mlp"}).diagnostics_every.has_value());
  CHECK(parse_train({"mlp", "--diagnostics-every", "0"}).diagnostics_every == 0U);
  CHECK(default_diagnostics_every(64) == 200);
  CHECK(default_diagnostics_every(512) == 200);
  CHECK(default_diagnostics_every(10) == 1280);
}

TEST_CASE("options: the interval of checkpoints does not identify a run") {
  const TrainOptions often = parse_train({"mlp", "--checkpoint-every", "5s"});
  CHECK(train_command(often) == train_command(parse_train({"mlp"})));
  CHECK_THROWS_WITH(parse_train({"mlp", "--checkpoint-every", "5m"}),
                    ContainsSubstring("seconds, such as 30s, not \"5m\""));
}

}  // namespace
}  // namespace fanin
