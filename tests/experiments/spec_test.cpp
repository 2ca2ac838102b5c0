#include "experiments/specs/spec.hpp"
#include "experiments/cli/train.hpp"

#include "tests/experiments/spec_text.hpp"
#include "tests/support/catch.hpp"

namespace fanin {
namespace {

std::vector<std::string> names(const Sweep& sweep) {
  std::vector<std::string> result;
  for (const Run& run : sweep.runs) result.push_back(run.name);
  return result;
}

std::vector<std::string> commands(const Sweep& sweep) {
  std::vector<std::string> result;
  for (const Run& run : sweep.runs) result.push_back(train_command(run.options));
  return result;
}

using Words = std::vector<std::string>;

TEST_CASE("spec: makes a run for each init and seed, in the order of the spec") {
  const Sweep sweep = read(head + "question = \"Why?\"\n[train]\nbatch = 32\nlr = 0.1\n");
  CHECK(sweep.name == "test");
  CHECK(sweep.question == "Why?");
  CHECK(names(sweep) == Words{"zero-seed0", "zero-seed7", "default-seed0", "default-seed7"});
  CHECK(commands(sweep)[1] == "fanin train lenet5 --init zero --seed 7 --batch 32 --lr 0.1");
  CHECK(sweep.runs[1].axes.empty());
}

TEST_CASE("spec: lists in the model and in [train] are axes of a grid") {
  const Sweep sweep = read(
      "name = \"grid\"\ninits = [\"default\"]\nseeds = [0]\n"
      "[model]\nname = \"mlp\"\nwidth = 16\ndepth = [3, 5]\n"
      "[train]\nmomentum = 0.9\nlr = [0.1, 1]\n");
  CHECK(names(sweep) == Words{"default-seed0-depth=3-lr=0.1", "default-seed0-depth=3-lr=1",
                              "default-seed0-depth=5-lr=0.1", "default-seed0-depth=5-lr=1"});
  CHECK(sweep.runs[1].axes == Axes{{"depth", "3"}, {"lr", "1"}});
  CHECK(commands(sweep)[1] == "fanin train mlp:width=16,depth=3 --lr 1 --momentum 0.9");
}

TEST_CASE("spec: init_rng is an option of [train], and an axis if it has several values") {
  const Sweep sweep = read(head + "[train]\ninit_rng = [\"shared\", \"per-parameter\"]\n",
                           {"seeds=0", "inits=zero"});
  CHECK(commands(sweep) == Words{"fanin train lenet5 --init zero",
                                 "fanin train lenet5 --init zero --init-rng per-parameter"});
  CHECK(complaint(head + "[train]\ninit_rng = \"own\"\n") ==
        "mlp.toml:6: init_rng must be one of shared, per-parameter, not \"own\"");
}

TEST_CASE("spec: [[train]] tables are alternatives; the axes are the keys that differ") {
  const Sweep sweep = read(
      "name = \"alt\"\nmodel = \"lenet5\"\ninits = [\"default\"]\nseeds = [0]\n"
      "[[train]]\nbatch = 32\nmomentum = 0.9\n"
      "[[train]]\nbatch = 32\noptimizer = \"adam\"\nlr = [0.001, 0.01]\n");
  // If the alternative has no learning rate, it gets PyTorch's for SGD.
  CHECK(names(sweep) == Words{"default-seed0-optimizer=sgd-lr=0.01-momentum=0.9",
                              "default-seed0-optimizer=adam-lr=0.001-momentum=0",
                              "default-seed0-optimizer=adam-lr=0.01-momentum=0"});
  CHECK(commands(sweep)[0] == "fanin train lenet5 --batch 32 --momentum 0.9");
}

TEST_CASE("spec: values from the command line replace the file's") {
  const std::string text = head + "[train]\nlr = 0.1\n";
  CHECK(names(read(text, {"seeds=1-3,9", "inits=zero"})) ==
        Words{"zero-seed1", "zero-seed2", "zero-seed3", "zero-seed9"});
  CHECK(commands(read(text, {"train.lr=0.1,0.03", "seeds=0", "inits=zero", "train.batch=8"})) ==
        Words{"fanin train lenet5 --init zero --batch 8 --lr 0.1",
              "fanin train lenet5 --init zero --batch 8 --lr 0.03"});
  CHECK(commands(read(text, {"model=mlp:width=8,depth=3", "model.depth=4,5", "seeds=0",
                             "inits=zero", "dataset=fashion-mnist"})) ==
        Words{"fanin train mlp:width=8,depth=4 --init zero --lr 0.1 --dataset fashion-mnist",
              "fanin train mlp:width=8,depth=5 --init zero --lr 0.1 --dataset fashion-mnist"});
  CHECK(read(text, {"inits=normal:std=0.5,zero", "name=other"}).name == "other");
  CHECK(read(text, {"inits=normal:std=0.5,zero"}).runs.size() == 4);

  CHECK(complaint(text, {"train.epoch=3"}) ==
        "--set train.epoch=3: unknown key \"epoch\" in [train]; did you mean \"epochs\"?");
  CHECK(complaint(text, {"seed=3"}) ==
        "--set seed=3: unknown key \"seed\"; did you mean \"seeds\"?");
  CHECK_THAT(complaint(text, {"train.lr=0"}), ContainsSubstring("--set train.lr=0: lr must be"));
  CHECK_THAT(complaint(text, {"seeds=3-1"}), ContainsSubstring("\"3-1\" is not a range"));
  CHECK_THAT(complaint(text, {"seeds=0-99999999999"}),
             ContainsSubstring("makes more than 100000 seeds"));
  CHECK_THAT(complaint(text, {"seeds=a"}), ContainsSubstring("not \"a\""));
  CHECK_THAT(complaint(text, {"seeds"}), ContainsSubstring("expected key=value"));
}

TEST_CASE("spec: seeds may be given as ranges in a string") {
  const Sweep sweep =
      read("name = \"a\"\nmodel = \"lenet5\"\ninits = [\"zero\"]\nseeds = \"0-2,7\"\n");
  CHECK(names(sweep) == Words{"zero-seed0", "zero-seed1", "zero-seed2", "zero-seed7"});
  for (const char* bad : {"seeds=0-99999999999999999999", "seeds=3-", "seeds=3-x", "seeds=5-3"})
    CHECK_THAT(complaint(head, {bad}), ContainsSubstring(std::string(bad).substr(6)));
}

TEST_CASE("spec: options can describe a sweep without a file") {
  const Sweep sweep = sweep_from_options(
      "mlp:depth=5",
      {{"--inits", "inits", "zero"}, {"--seeds", "seeds", "0-1"}, {"--lr", "train.lr", "0.5"}});
  CHECK(sweep.name == "mlp-depth=5");
  CHECK(commands(sweep) == Words{"fanin train mlp:depth=5 --init zero --lr 0.5",
                                 "fanin train mlp:depth=5 --init zero --seed 1 --lr 0.5"});
  CHECK(sweep_from_options("lenet5").runs.size() == 20);
  CHECK_THROWS_WITH(sweep_from_options("nonsense"), StartsWith("--model nonsense: "));
}

TEST_CASE("spec: several models are an axis, and the default is five seeds") {
  const std::string text =
      "name = \"a\"\nmodel = [\"lenet5\", \"mlp:depth=2,width=8\"]\ninits = [\"default\"]\n";
  const Sweep sweep = read(text);
  REQUIRE(sweep.runs.size() == 10);
  CHECK(sweep.runs[0].options.model == "lenet5");
  CHECK(sweep.runs[9].name == "default-seed4-model=mlp:depth=2,width=8");
  CHECK(sweep.runs[9].axes == Axes{{"model", "mlp:depth=2,width=8"}});
  CHECK(commands(read(sweep.resolved)) == commands(sweep));
  CHECK(commands(read(text, {"model=lstm,mlp:depth=3,width=4", "seeds=0"})) ==
        Words{"fanin train lstm", "fanin train mlp:depth=3,width=4"});
}

TEST_CASE("spec: a model's file is searched in the folder of the spec") {
  const TempFolder folder;
  write_file(folder / "net.txt",
             "Sequential(\n"
             "  (0): Flatten(start_dim=1, end_dim=-1)\n"
             "  (1): Linear(in_features=784, out_features=10, bias=True)\n"
             ")\n");
  write_file(folder / "specs/a.toml",
             "name = \"a\"\nmodel_file = \"../net.txt\"\ninits = [\"zero\"]\nseeds = [0]\n");
  const Sweep sweep = read_sweep(folder / "specs/a.toml");
  CHECK(sweep.runs[0].options.model == (folder / "net.txt").string());
  write_file(folder / "copy.toml", sweep.resolved);
  CHECK(commands(read_sweep(folder / "copy.toml")) == commands(sweep));
}

TEST_CASE("spec: the resolved spec gives the same runs") {
  const std::vector<std::pair<std::string, std::vector<std::string>>> specs = {
      {head, {}},
      {head + "question = \"\\\"Why\\\"?\\n\"\ndataset = [\"mnist\", \"fashion-mnist\"]\n", {}},
      {"name = \"b\"\ninits = [\"zero\"]\nseeds = [9223372036854775807]\n"
       "[model]\nname = \"mlp\"\nwidth = 16\ndepth = [3, 5]\nact = [\"relu\", \"tanh\"]\nbn = "
       "true\n"
       "[train]\nlr = [1e-5, 0.1, 1]\nmomentum = 0.9\nnesterov = [true, false]\n",
       {}},
      {head +
           "[[train]]\nmomentum = 0.9\n[[train]]\nlr = 1\noptimizer = \"adam\"\nbatch = [8, 9]\n",
       {}},
      {"keep_weights = true\n" + head, {}},
      {head, {"train.lr=0.1,.2", "model=mlp:depth=3", "model.depth=3,5", "seeds=3-5"}},
      {head, {"seeds=007", "target_accuracy=.8"}},
      {head, {"target_accuracy=1."}},
  };
  for (const auto& [text, sets] : specs) {
    const Sweep sweep = read(text, sets), again = read(sweep.resolved);
    CAPTURE(sweep.resolved);
    CHECK(again.name == sweep.name);
    CHECK(again.question == sweep.question);
    CHECK(names(again) == names(sweep));
    CHECK(commands(again) == commands(sweep));
    CHECK(again.resolved == sweep.resolved);
  }
}

const std::string own_rules =
    "name = \"own\"\nmodel = \"mlp:depth=2\"\n"
    "inits = [\"rules\", \"zero\", \"other{Linear.weight=ones_}\"]\nseeds = [3]\n"
    "[init.rules]\n\"Linear.weight\" = \"normal_:mean=0,std=0.02\"\n"
    "base = \"xavier_uniform\"\n\"*.bias\" = \"constant_:val=0.1\"\n"
    "[init.unused]\n\"LSTM.*\" = \"zeros_\"\n";

TEST_CASE("spec: keep_weights belongs to the sweep and does not change a run's command") {
  CHECK_FALSE(read(head).keep_weights);
  const Sweep sweep = read("keep_weights = true\n" + head);
  CHECK(sweep.keep_weights);
  CHECK(commands(sweep) == commands(read(head)));
  CHECK(read(sweep.resolved).keep_weights);
  CHECK(read(head, {"keep_weights=true"}).keep_weights);
  CHECK_FALSE(read("keep_weights = true\n" + head, {"keep_weights=false"}).keep_weights);
  CHECK(complaint("keep_weights = 1\n" + head) ==
        "mlp.toml:1: keep_weights must be true or false, not 1");
  CHECK(complaint(head, {"keep_weights=yes"}) ==
        "--set keep_weights=yes: keep_weights must be true or false, not \"yes\"");
}

TEST_CASE("spec: the target accuracy is the spec's, or that at which all runs stop, or 0.9") {
  CHECK(read(head).target_accuracy == 0.9);
  CHECK(read("target_accuracy = 0.8\n" + head).target_accuracy == 0.8);
  CHECK(read(head, {"target_accuracy=0.97"}).target_accuracy == 0.97);
  const Sweep stops = read(head + "[train]\nstop_accuracy = 0.75\n");
  CHECK(stops.target_accuracy == 0.75);
  CHECK(read(stops.resolved).target_accuracy == 0.75);
  CHECK(read(head + "[train]\nstop_accuracy = [0.75, 0.8]\n").target_accuracy == 0.9);
  CHECK(
      read("target_accuracy = 0.5\n" + head + "[train]\nstop_accuracy = 0.75\n").target_accuracy ==
      0.5);
  CHECK(complaint("target_accuracy = 0.15\n" + head) ==
        "mlp.toml:1: target_accuracy must be above 0.15 (chance) and at most 1, not \"0.15\"");
  CHECK_THAT(complaint(head, {"target_accuracy=80"}),
             StartsWith("--set target_accuracy=80: target_accuracy must be above"));
  CHECK_THAT(complaint(head, {"target_accuracy=nan"}), ContainsSubstring("not \"nan\""));
  CHECK_THAT(complaint("target_accuracy = \"high\"\n" + head),
             StartsWith("mlp.toml:1: target_accuracy must be a number"));
}

TEST_CASE("spec: rules are inits with a name, and a run's command spells them out") {
  const Sweep sweep = read(own_rules);
  CHECK(names(sweep) == Words{"rules-seed3", "zero-seed3", "other-seed3"});
  CHECK(sweep.runs[0].init == "rules");
  CHECK(sweep.runs[2].init == "other");
  const std::string text =
      "rules{base=xavier_uniform; Linear.weight=normal_:mean=0,std=0.02; *.bias=constant_:val=0.1}";
  CHECK(commands(sweep)[0] == "fanin train mlp:depth=2 --init '" + text + "' --seed 3");
  CHECK(commands(sweep)[2] ==
        "fanin train mlp:depth=2 --init 'other{Linear.weight=ones_}' --seed 3");
  CHECK(parse_train(train_arguments(sweep.runs[0].options)) == sweep.runs[0].options);
  CHECK(sweep.resolved.find("[init.rules]\n\"Linear.weight\" = ") != std::string::npos);
  const Sweep again = read(sweep.resolved);
  CHECK(commands(again) == commands(sweep));
  CHECK(names(again) == names(sweep));
  CHECK(again.resolved == sweep.resolved);

  const Sweep changed = read(
      own_rules, {"inits=zero,rules,a{Linear.weight=normal_:mean=1,std=2; *.bias=zeros_},normal:std"
                  "=1,b{base=normal:std=2}"});
  CHECK(names(changed) ==
        Words{"zero-seed3", "rules-seed3", "a-seed3", "normal:std=1-seed3", "b-seed3"});
  CHECK(changed.runs[1].options.init == text);
  CHECK(changed.runs[2].options.init == "a{Linear.weight=normal_:mean=1,std=2; *.bias=zeros_}");
}

TEST_CASE("spec: rules may have a base that changes nothing") {
  const std::string before = "name = \"t\"\nmodel = \"lenet5\"\nseeds = [0]\n";
  const auto init_of = [&](const std::string& rules) {
    return read(before + "inits = [\"own\"]\n[init.own]\n" + rules).runs.front().options.init;
  };
  CHECK(init_of("base = \"default\"\n\"*.bias\" = \"zeros_\"\n") ==
        "own{base=default; *.bias=zeros_}");
}

TEST_CASE("spec: errors in rules name the rule and the line") {
  const auto with = [](const std::string& table, const std::string& inits = "\"own\"") {
    return complaint("name = \"a\"\nmodel = \"lenet5\"\ninits = [" + inits + "]\nseeds = [0]\n" +
                     table);
  };
  CHECK_THAT(with("[init.own]\nbase = \"zero\"\n\"*.bias\" = \"zero_\"\n"),
             StartsWith("mlp.toml:7: unknown init function \"zero_\"; expected one of"));
  CHECK_THAT(with("[init.own]\n\"*.bias\" = \"normal_:sd=1\"\n"),
             StartsWith("mlp.toml:6: normal_: unknown option \"sd\""));
  CHECK_THAT(with("[init.own]\nbase = \"zreo\"\n"),
             StartsWith("mlp.toml:6: unknown init \"zreo\""));
  CHECK_THAT(with("[init.own]\n\"*.bias\" = \"zeros_\"\n\"fc9.*\" = \"zeros_\"\n"),
             StartsWith("mlp.toml:7: pattern \"fc9.*\" matches no parameter of the model, which "
                        "has conv1.weight (Conv2d), "));
  CHECK_THAT(with("", "\"own{fc9.*=zeros_}\""),
             StartsWith("mlp.toml:3: pattern \"fc9.*\" matches no parameter"));
  CHECK(with("[init.own]\n") == "mlp.toml:5: [init.own] has no rule");
  CHECK_THAT(with("[init.zero]\n\"*.bias\" = \"zeros_\"\n", "\"zero\""),
             StartsWith("mlp.toml:6: zero is already an init"));
  CHECK(with("[init.own]\n\"*.bias\" = 3\n") == "mlp.toml:6: *.bias must be a string, not 3");
  CHECK(with("[init.own]\nfc1.bias = \"zeros_\"\n") ==
        "mlp.toml:6: a pattern with a dot needs quotes: \"fc1...\"");
  CHECK(with("[init]\nown = \"zero\"\n") ==
        "mlp.toml:6: own must be a table [init.own], not the string \"zero\"");
  CHECK(with("[init.own]\n\"*.bias\" = \"zeros_\"\n", "\"own\", \"own{*.bias=ones_}\"") ==
        "mlp.toml:3: inits lists own twice");
  CHECK_THAT(with("[init.other]\n\"*.bias\" = \"zeros_\"\n"),
             StartsWith("mlp.toml:3: unknown init \"own\""));
}

TEST_CASE("spec: errors about unknown keys give the file, the line and the nearest known key") {
  CHECK(complaint(head + "[train]\nbatch = 64\nepoch = 1\n") ==
        "mlp.toml:7: unknown key \"epoch\" in [train]; did you mean \"epochs\"?");
  CHECK(complaint("nmae = \"x\"\n" + head) ==
        "mlp.toml:1: unknown key \"nmae\"; did you mean \"name\"?");
  CHECK(complaint(head + "[trian]\n") ==
        "mlp.toml:5: unknown key \"trian\"; did you mean \"train\"?");
  CHECK(complaint(head + "[train]\nseed = 1\n") ==
        "mlp.toml:6: \"seed\" does not belong in [train]: the sweep sets it");
}

TEST_CASE("spec: errors about types name the key, the expected type and the value") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[train]\nbatch = \"64\"",
       "mlp.toml:6: batch must be a whole number, not the string \"64\""},
      {"[train]\nbatch = 6.5", "mlp.toml:6: batch must be a whole number, not 6.5"},
      {"[train]\nbatch = [64, true]", "mlp.toml:6: batch must be a whole number, not true"},
      {"[train]\nbatch = [64, [32]]", "mlp.toml:6: batch must be a whole number, not a list"},
      {"[train]\nlr = false", "mlp.toml:6: lr must be a number, not false"},
      {"[train]\nnesterov = 1", "mlp.toml:6: nesterov must be true or false, not 1"},
      {"[train]\noptimizer = 1", "mlp.toml:6: optimizer must be a string, not 1"},
      {"[train]\nlr = 1979-05-27", "mlp.toml:6: lr must be a number, not a date or time"},
      {"train = 3", "mlp.toml:5: train must be a table, not 3"},
      {"train = [3]", "mlp.toml:5: train must be a list of tables, not 3"},
      {"dataset = 3", "mlp.toml:5: dataset must be a string, not 3"},
      {"question = 3", "mlp.toml:5: question must be a string, not 3"},
  };
  for (const auto& [text, message] : cases) CHECK(complaint(head + text + "\n") == message);
  const std::string name = "name = \"a\"\n", model = "model = \"lenet5\"\n",
                    inits = "inits = [\"zero\"]\n", seeds = "seeds = [0]\n";
  CHECK(complaint(name + model + inits + "seeds = 0") ==
        "mlp.toml:4: seeds must be a list of whole numbers, not 0");
  CHECK(complaint(name + model + inits + "seeds = \"3-1\"") ==
        "mlp.toml:4: \"3-1\" is not a range of seeds: it ends before it begins");
  CHECK(complaint(name + model + inits + "seeds = \"all\"") ==
        "mlp.toml:4: seeds must be whole numbers from 0 to 9223372036854775807, not \"all\"");
  CHECK(complaint(name + model + inits + "seeds = [0, 0.5]") ==
        "mlp.toml:4: seeds must be a whole number, not 0.5");
  CHECK(complaint(name + model + "inits = \"zero\"\n" + seeds) ==
        "mlp.toml:3: inits must be a list of strings, not the string \"zero\"");
  CHECK(complaint("name = 3\n" + model + inits + seeds) ==
        "mlp.toml:1: name must be a string, not 3");
  CHECK(complaint(name + "model = 3\n" + inits + seeds) ==
        "mlp.toml:2: model must be a string, a list of strings or a table, not 3");
}

TEST_CASE("spec: specs that cannot run are refused, with file and line") {
  const std::string name = "name = \"a\"\n", model = "model = \"lenet5\"\n",
                    inits = "inits = [\"zero\"]\n", seeds = "seeds = [0]\n";
  CHECK(complaint(model + inits + seeds) == "mlp.toml: \"name\" is missing");
  CHECK(complaint(name + inits + seeds) == "mlp.toml: \"model\" is missing");
  CHECK(complaint(name + model + seeds) == "mlp.toml: \"inits\" is missing");
  for (const std::string bad : {"", "a/b", "..", ".hidden", "a\\nb"})
    CHECK_THAT(complaint("name = \"" + bad + "\"\n" + model + inits + seeds),
               StartsWith("mlp.toml:1: name becomes a folder"));
  CHECK(complaint(name + model + "inits = []\n" + seeds) ==
        "mlp.toml:3: inits must not be an empty list");
  CHECK(complaint(head + "[train]\nlr = []\n") == "mlp.toml:6: lr must not be an empty list");
  CHECK(complaint(head + "[train]\nlr = [0.1, 1e-1]\n") == "mlp.toml:6: lr lists 0.1 twice");
  CHECK(complaint(name + model + "inits = [\"zero\", \"zero\"]\n" + seeds) ==
        "mlp.toml:3: inits lists zero twice");
  CHECK(complaint(name + model + inits + "seeds = [1, 1]\n") == "mlp.toml:4: seeds lists 1 twice");
  CHECK_THAT(complaint(name + model + inits + "seeds = [-1]\n"),
             StartsWith("mlp.toml:4: seeds must be whole numbers from 0"));
  CHECK_THAT(complaint(name + model + "inits = [\"zreo\"]\n" + seeds),
             StartsWith("mlp.toml:3: ") && ContainsSubstring("zreo"));
  CHECK_THAT(complaint(name + "model = \"lenet6\"\n" + inits + seeds),
             StartsWith("mlp.toml:2: ") && ContainsSubstring("lenet6"));
  CHECK_THAT(complaint(head + "[train]\nbatch = 0\n"), StartsWith("mlp.toml:6: batch must be"));
  CHECK_THAT(complaint(head + "[train]\nlr = inf\n"), StartsWith("mlp.toml:6: lr must be"));
  CHECK_THAT(complaint(head + "[train]\nmomentum = 0.9\noptimizer = [\"sgd\", \"adam\"]\n"),
             StartsWith("mlp.toml: momentum works with"));
  CHECK(complaint(head + "model_file = \"net.txt\"\n") == "mlp.toml:5: the model is given twice");
  CHECK(complaint(name + "[model]\ndepth = 3\n") == "mlp.toml:2: [model] needs a name");
  CHECK(complaint(head + "dataset = \"mnist\"\n[train]\ndataset = \"mnist\"\n") ==
        "mlp.toml:7: dataset is given twice");
  CHECK(complaint(head + "[[train]]\nlr = 0.01\n[[train]]\nbatch = 64\n") ==
        "mlp.toml: the spec has run zero-seed0 twice");
}

TEST_CASE("spec: a grid that is too large is refused before it fills the memory") {
  std::string axis = "[1";
  for (int i = 2; i <= 400; ++i) axis += "," + std::to_string(i);
  axis += "]";
  CHECK_THAT(complaint(head + "[train]\nbatch = " + axis + "\nepochs = " + axis +
                       "\nlog_every = " + axis + "\n"),
             ContainsSubstring("more than 100000 runs"));
}

TEST_CASE("spec: errors of TOML itself have line and column") {
  CHECK_THAT(complaint(head + "[train\nlr = 1\n"), StartsWith("mlp.toml:5:"));
  CHECK_THAT(complaint("name = \"a\"\nname = \"b\"\n"), StartsWith("mlp.toml:2:"));
  CHECK_THAT(complaint("x = " + std::string(100'000, '[')), StartsWith("mlp.toml:1:"));
  CHECK_THROWS_WITH(read_sweep("absent.toml"), ContainsSubstring("cannot read absent.toml"));
}

TEST_CASE("spec: the shipped specs are valid") {
  CHECK(read_sweep(find_shipped("specs/lenet5.toml")).runs.size() == 7 * 5);
  CHECK(read_sweep(find_shipped("specs/mlp.toml")).runs.size() == 2 * 8 * 10);
}

}  // namespace
}  // namespace fanin
