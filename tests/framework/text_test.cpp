#include "framework/nn/text.hpp"

#include "framework/core/array.hpp"
#include "framework/core/error.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/conv.hpp"
#include "framework/nn/layer_table.hpp"
#include "framework/nn/layers.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/outcome.hpp"

namespace fanin {
namespace {

std::string number(std::mt19937& random, std::size_t low, std::size_t high) {
  return std::to_string(pick(random, low, high));
}

const char* truth(std::mt19937& random) { return random() % 2 == 0 ? "True" : "False"; }

// A random valid value for the field, chosen by the field's name.
std::string random_value(const std::string& layer, const Field& field, std::mt19937& random) {
  const std::string& name = field.name;
  const std::size_t axes = layer.ends_with("1d") ? 1 : layer.ends_with("3d") ? 3 : 2;
  const auto extents = [&](std::size_t low, std::size_t high) {
    if (random() % 2 == 0) return number(random, low, high);
    std::string tuple = "(";
    for (std::size_t i = 0; i < axes; ++i) tuple += number(random, low, high) + ", ";
    if (axes > 1) tuple.resize(tuple.size() - 2);
    return tuple + ")";
  };
  const auto one_of = [&](std::vector<std::string> words) {
    return words[random() % words.size()];
  };
  if (layer == "ZeroPad2d") return one_of({"0", "3", "(1,)", "(0, 1, 2, 3)"});
  if (name == "padding" && layer.starts_with("Conv") && random() % 3 == 0) return "valid";
  if (name == "padding") return extents(0, 1);
  if (name == "kernel_size") return extents(2, 3);
  if (name == "output_size" && random() % 3 == 0) return one_of({"(4,)", "(None, 7)", "(3, None)"});
  if (name == "stride" && layer.find("Pool") != std::string::npos && random() % 3 == 0)
    return "None";
  if (name == "stride" || name == "dilation" || name == "output_size") return extents(1, 3);
  if (name == "in_channels" || name == "out_channels") return one_of({"2", "4", "6"});
  if (name == "groups") return one_of({"1", "2"});
  if (name == "padding_mode") return one_of({"'zeros'", "'reflect'", "replicate", "circular"});
  if (name == "init") return "0.25";  // PyTorch's text does not show it
  if (name == "nonlinearity") return one_of({"'tanh'", "'relu'"});
  if (name == "approximate") return one_of({"'none'", "'tanh'", "tanh"});
  if (name == "normalized_shape") return one_of({"5", "(5,)", "(3, 4)"});
  if (name == "dim" || name == "padding_idx") return one_of({"0", "-1", "None"});
  if (name == "start_dim" || name == "end_dim") return one_of({"0", "1", "-1", "-2"});
  if (name == "momentum") return one_of({"0.1", "None", "1e-07", "1"});
  if (name == "min_val") return one_of({"-1", "0", "-3.0", "-inf"});  // below each max_val
  if (name == "max_val") return one_of({"1", "0.5", "1e+16", "inf"});
  if (name == "divisor_override") return one_of({"None", "3"});
  if (name == "p" || name == "dropout") return one_of({"0", "0.25", "1", "1e-05"});
  if (field.fallback && std::holds_alternative<bool>(*field.fallback)) return truth(random);
  if (field.fallback && std::holds_alternative<double>(*field.fallback))
    return one_of({"1", "0.5", "1e-12", "1e+16", "3.0", "inf", "-inf"});
  return number(random, 1, 9);
}

// A random layer as a user may write it: with arguments by position or by name, with or without
// defaults.
std::string random_layer(std::mt19937& random) {
  const LayerRow& row = layer_table()[random() % layer_table().size()];
  std::string text = row.type + "(";
  bool by_name = false;
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    const Field& field = row.fields[i];
    if (field.fallback && random() % 2 == 0) {
      by_name = true;  // after a left-out argument, only names are allowed
      continue;
    }
    by_name =
        by_name || random() % 3 == 0 || field.shown == Shown::never ||
        (!row.positions.empty() && (i >= row.positions.size() || row.positions[i] != field.name));
    const auto is_word = [](const std::string& v) {
      return std::isalpha(static_cast<unsigned char>(v[0])) != 0 && v != "inf" && v != "None" &&
             v != "True" && v != "False";
    };
    if (!text.ends_with("(")) text += ", ";
    const std::string value = random_value(row.type, field, random);
    // A word without quotes is allowed only after a name.
    by_name = by_name || is_word(value);
    text += by_name ? field.name + "=" + value : value;
  }
  return text + ")";
}

std::string random_sequential(std::mt19937& random, int depth) {
  const char* const prefixes[] = {"", "nn.", "torch.nn."};
  std::string text = prefixes[random() % 3] + std::string("Sequential(");
  const std::size_t count = pick(random, 0, 4);
  for (std::size_t i = 0; i < count; ++i) {
    const char* const names[] = {"", "layer_", "fc-", "a b", "fc:", "\xC3\xA9", "#", "(", ": "};
    if (i > 0 && random() % 2 == 0) text += ",";
    if (random() % 4 == 0) text += "  # a (comment), with: signs\n";
    if (random() % 3 > 0) text += "\n (" + (names[random() % 9] + std::to_string(i)) + "): ";
    text += depth > 0 && random() % 3 == 0 ? random_sequential(random, depth - 1)
                                           : prefixes[random() % 3] + random_layer(random);
  }
  return text + ")";
}

TEST_CASE("text: printed models are read, and printed the same again") {
  std::mt19937 random(1);
  for (int round = 0; round < 1500; ++round) {
    Generator first(1), second(1);
    const std::string written = random_sequential(random, 3);
    INFO(written);
    const auto model = parse_model(written, first);
    const std::string printed = to_string(*model);
    const auto again = parse_model(printed, second);
    CHECK(to_string(*again) == printed);
    for (Module* module : model->modules())
      if (module->type() != "Sequential")
        CHECK(make_alike(*module, second)->arguments() == module->arguments());
    const auto a = model->state_dict(), b = again->state_dict();  // both drew the same weights
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      CHECK(a[i].first == b[i].first);
      CHECK(same_bits(a[i].second, b[i].second));
    }
  }
}

const std::string lenet5 = R"(Sequential(
  (conv1): Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))
  (relu1): ReLU()
  (pool1): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (block): Sequential(
    (0): Flatten(start_dim=1, end_dim=-1)
    (1): Linear(in_features=1176, out_features=10, bias=True)
  )
))";

TEST_CASE("text: a model built in C++ prints as in PyTorch") {
  ConvOptions padded;
  padded.padding = 2;
  auto block = std::make_shared<Sequential>();
  block->add(std::make_shared<Flatten>());
  block->add(std::make_shared<Linear>(1176, 10));
  Sequential net;
  net.add("conv1", std::make_shared<Conv2d>(1, 6, 5, padded));
  net.add("relu1", std::make_shared<ReLU>());
  net.add("pool1", std::make_shared<MaxPool2d>(2));
  net.add("block", block);
  CHECK(to_string(net) == lenet5);
  const auto state = parse_model(lenet5)->state_dict();
  REQUIRE(state.size() == 4);
  CHECK(state[0].first == "conv1.weight");
  CHECK(state[3].first == "block.1.bias");
  CHECK(to_string(*parse_model(" Sequential ( ) \r\n")) == "Sequential()");
  CHECK(to_string(*parse_model("Tanh()")) == "Tanh()");
}

TEST_CASE("text: an error gives line and column") {
  const auto refused = [](const std::string& text, const std::string& what) {
    INFO(text);
    CHECK_THROWS_WITH(parse_model(text), "model text, " + what);
  };
  refused("", "line 1, column 1: expected a layer's name, found the end of the text");
  refused("Linear", "line 1, column 7: expected \"(\", found the end of the text");
  refused("Linear(3, 4) x", "line 1, column 14: expected the end of the text, found \"x\"");
  CHECK_THROWS_WITH(parse_model("Sequential(\n  (0): Liner(3, 4)\n)"),
                    StartsWith("model text, line 2, column 8: unknown layer \"Liner\"; known "
                               "layers: Sequential, Linear, Conv1d,"));
  refused("Sequential(\n  (0): Linear(3)\n)", "line 2, column 8: Linear needs out_features");
  refused("Sequential(\n  (0) Tanh()\n)", "line 2, column 7: expected \":\", found \"Tanh\"");
  refused("Linear(3, 4, size=5)", "line 1, column 14: Linear takes no size");
  refused("Linear(3, 4, True, 5)", "line 1, column 20: Linear takes 3 arguments at most");
  refused("Linear(3, 4, in_features=5)", "line 1, column 14: Linear: in_features is given twice");
  refused("Linear(3, four)", "line 1, column 15: expected \"=\", found \")\"");
  refused("Linear(3, 1.5)", "line 1, column 11: Linear: out_features must be a whole number");
  refused("Linear(3, -1)",
          "line 1, column 11: Linear: out_features must be a whole number from 0 to 2^31");
  refused("Linear(3, 4, bias=1)", "line 1, column 19: Linear: bias must be True or False");
  refused("LeakyReLU(\n None)", "line 2, column 2: LeakyReLU: negative_slope must be a number");
  refused("LeakyReLU('inf')", "line 1, column 11: LeakyReLU: negative_slope must be a number");
  refused("Linear(inf, 4)", "line 1, column 8: Linear: in_features must be a whole number");
  const std::string extents = "must be a whole number from 0 to 2^31, or one for each axis";
  refused("MaxPool2d(None)", "line 1, column 11: MaxPool2d: kernel_size " + extents);
  refused("MaxPool2d(2, (1, None))", "line 1, column 14: MaxPool2d: stride " + extents);
  refused("Conv2d(1, 2, 3, None)", "line 1, column 17: Conv2d: stride " + extents);
  refused("AdaptiveAvgPool2d(None)",
          "line 1, column 19: AdaptiveAvgPool2d: output_size " + extents);
  refused("MaxPool2d(2, 0)", "line 1, column 14: MaxPool2d: stride should not be zero");
  refused("AvgPool1d(2, stride=0)", "line 1, column 21: AvgPool1d: stride should not be zero");
  refused("Conv2d(1, 2, 3, padding='full')",
          "line 1, column 25: Conv2d: padding must be one of 'same', 'valid'");
  refused("Conv2d(1, 2, 3, padding_mode='wrap')",
          "line 1, column 30: Conv2d: padding_mode must be one of 'zeros', 'reflect', 'replicate', "
          "'circular'");
  for (const char* pool : {"MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d"})
    refused(std::string(pool) + "(0, 1)",
            "line 1, column 1: " + std::string(pool) + ": kernel_size should not be zero");
  refused("Conv2d(1, 2, (3, 0))", "line 1, column 1: Conv2d: kernel_size should not be zero");
  refused("Sequential(Tanh(),, Tanh())", "line 1, column 19: expected a layer's name, found \",\"");
  refused("Conv2d(3, 4, (5, 5, 5))",
          "line 1, column 1: Conv2d: expected one number or 2, got [5, 5, 5]");
  refused("Conv2d(3, 4, 5, groups=2)",
          "line 1, column 1: Conv2d: groups=2 must divide in_channels=3 and out_channels=4");
  refused("Sequential(\n  (a): Tanh()\n  (a): Tanh()\n)",
          "line 3, column 4: Module: a child is named \"a\" already");
  refused("Embedding(5, 3, padding_idx=5)",
          "line 1, column 1: Embedding: padding_idx=5 must be within num_embeddings=5");
}

TEST_CASE("text: Python code for a model is read, and prints as in PyTorch") {
  const auto prints = [](const std::string& text, const std::string& as) {
    INFO(text);
    CHECK(to_string(*parse_model(text)) == as);
  };
  prints(
      "nn.Sequential(  # a comment (with signs)\n  nn.Flatten(),\n  torch.nn.Linear(784, 10),\n)#",
      "Sequential(\n  (0): Flatten(start_dim=1, end_dim=-1)\n"
      "  (1): Linear(in_features=784, out_features=10, bias=True)\n)");
  prints("Sequential((a b): Tanh(), (fc:1): Tanh())",
         "Sequential(\n  (a b): Tanh()\n  (fc:1): Tanh()\n)");
  prints("MaxPool1d((3,))",
         "MaxPool1d(kernel_size=(3,), stride=(3,), padding=0, dilation=1, ceil_mode=False)");
  prints("MaxPool2d((2, 3), None)",
         "MaxPool2d(kernel_size=(2, 3), stride=(2, 3), padding=0, dilation=1, ceil_mode=False)");
  prints("AvgPool2d((3,))", "AvgPool2d(kernel_size=(3,), stride=(3,), padding=0)");
  prints("AdaptiveAvgPool2d((4,))", "AdaptiveAvgPool2d(output_size=(4,))");
  prints("AdaptiveAvgPool2d((None, 7))", "AdaptiveAvgPool2d(output_size=(None, 7))");
  prints("Conv1d(1, 2, 3, padding=1, padding_mode='circular')",
         "Conv1d(1, 2, kernel_size=(3,), stride=(1,), padding=(1,), padding_mode=circular)");
  prints("Conv1d(1, 2, 3, padding=\"same\", padding_mode=\"reflect\")",
         "Conv1d(1, 2, kernel_size=(3,), stride=(1,), padding=same, padding_mode=reflect)");
  prints("LeakyReLU(-inf)", "LeakyReLU(negative_slope=-inf)");
  prints("BatchNorm1d(3, momentum=nan)",
         "BatchNorm1d(3, eps=1e-05, momentum=nan, affine=True, bias=True, "
         "track_running_stats=True)");
  prints("BatchNorm2d(3, 1, 0.3, True, False, bias=False)",
         "BatchNorm2d(3, eps=1, momentum=0.3, affine=True, bias=False, track_running_stats=False)");
  prints("BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=False, track_running_stats=True)",
         "BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=False, bias=False, "
         "track_running_stats=True)");
  prints("MaxPool2d(3, 2, 0, 1, False, True)",
         "MaxPool2d(kernel_size=3, stride=2, padding=0, dilation=1, ceil_mode=True)");
  prints("MaxPool2d(3, ceil_mode=True, return_indices=False)",
         "MaxPool2d(kernel_size=3, stride=3, padding=0, dilation=1, ceil_mode=True)");
  CHECK_THROWS_WITH(parse_model("MaxPool2d(3, 2, 0, 1, True)"),
                    EndsWith("column 23: MaxPool2d: return_indices must be False"));
  prints("Embedding(5, 3, 1, None, 2)", "Embedding(5, 3, padding_idx=1)");
  CHECK_THROWS_WITH(parse_model("Embedding(5, 3, max_norm=1.5)"),
                    EndsWith("Embedding: max_norm must be None"));
  prints("RNN(3, 4, 2, \"relu\", False)", "RNN(3, 4, num_layers=2, bias=False)");
  CHECK_THROWS_WITH(parse_model("LSTM(3, 4, proj_size=2)"), EndsWith("LSTM: proj_size must be 0"));
  CHECK_THROWS_WITH(parse_model("BatchNorm2d(3, 1, 0.3, True, False, True)"),
                    EndsWith("BatchNorm2d takes 5 arguments without a name at most"));
  const std::string named = "Sequential(\n  (conv1): Tanh()\n  (a b): ReLU()\n)";
  prints(
      "model = nn.Sequential(OrderedDict([\n  ('conv1', nn.Tanh()),\n  (\"a b\", nn.ReLU()),\n]))",
      named);
  prints("self.net=Sequential(collections.OrderedDict([('conv1', Tanh(),), ('a b', ReLU())],),)",
         named);
  const Tensor image(Array::full({1, 1, 9, 8}, 2));
  CHECK((*parse_model("AdaptiveAvgPool2d((None, 7))"))(image).shape() == Shape{1, 1, 9, 7});
  CHECK_THROWS_AS((*parse_model("AdaptiveAvgPool2d((4,))"))(image), Error);  // as in PyTorch
}

TEST_CASE("text: the error about a user's own class explains what to do") {
  const std::string net = "Net(\n  (conv1): Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))\n)";
  const std::string why =
      "\"Net\" is a class of your own, and print(model) does not show its forward(); rewrite it as "
      "nn.Sequential (children may be named) and print that";
  CHECK_THROWS_WITH(parse_model(net), "model text, line 1, column 1: " + why);
  CHECK_THROWS_WITH(parse_model("Sequential(\n  (0): Tanh()\n  (1): " + net + "\n)"),
                    "model text, line 3, column 8: " + why);
}

TEST_CASE("text: the error about a ModuleList names the layers that it repeats") {
  const std::string why =
      "model text, line 1, column 1: a ModuleList has no forward(), so nobody knows how its layers "
      "are called; write them into an nn.Sequential";
  CHECK_THROWS_WITH(
      parse_model("ModuleList(\n  (0-4): 5 x Linear(in_features=3, out_features=3)\n)"),
      why +
          ", where \"(0-4): 5 x Linear\" stands for that many layers, one after the "
          "other");
  CHECK_THROWS_WITH(parse_model("ModuleList(\n  (0): Linear(3, 3)\n)"), why);
  CHECK_THROWS_WITH(parse_model("ModuleList("), why);
}

TEST_CASE("text: the error about a program says that it is not a model") {
  const std::string why =
      "this is a program; expected the output of print(model), or one nn.Sequential(...)";
  CHECK_THROWS_WITH(parse_model("\nclass Net(nn.Module):\n  pass"),
                    "model text, line 2, column 1: " + why);
  CHECK_THROWS_WITH(parse_model("import torch"), "model text, line 1, column 1: " + why);
  CHECK_THROWS_WITH(parse_model("Sequential(OrderedDict(a=Tanh()))"),
                    EndsWith("expected \"[\", found \"a\""));
  CHECK_THROWS_WITH(parse_model("Sequential(OrderedDict([(fc, Tanh())]))"),
                    EndsWith("expected a name in quotes, found \"fc\""));
  CHECK_THROWS_AS(parse_model("Sequential(OrderedDict([('a', Tanh()), ('a', Tanh())]))"), Error);
  CHECK_THROWS_AS(parse_model("Sequential(OrderedDict([('a', Tanh())])"), Error);
}

TEST_CASE("text: a text truncated anywhere is refused") {
  const std::string text = lenet5.substr(0, lenet5.size() - 1) +
                           "  (e): Embedding(10, 3, padding_idx=2)\n"
                           "  (b): BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=True, "
                           "track_running_stats=True)\n"
                           "  (l): LSTM(3, 4, num_layers=2, batch_first=True)\n)";
  CHECK_NOTHROW(parse_model(text));
  for (std::size_t n = 0; n < text.size(); ++n) {
    INFO(n);
    CHECK_THROWS_AS(parse_model(text.substr(0, n)), Error);
  }
}

TEST_CASE("text: replaced, lost or inserted characters never cause a crash") {
  std::mt19937 random(2);
  const std::string letters = "()(),,==::..''-+eE \n\tNone0123TrueLinear_\xC3\x80";
  for (int round = 0; round < 15000; ++round) {
    std::string text = lenet5;
    for (std::size_t changes = pick(random, 1, 4); changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      const char c = letters[random() % letters.size()];
      if (c >= '0' && c <= '9') continue;  // more digits only make layers larger
      if (random() % 3 == 0)
        text.erase(at, 1);
      else if (random() % 2 == 0)
        text[at] = c;
      else
        text.insert(at, 1, c);
    }
    try {
      parse_model(text);
    } catch (const Error&) {
    }
  }
}

TEST_CASE("text: nesting too deep and sizes too large for any machine are refused") {
  const auto repeated = [](const std::string& text, int count) {
    std::string result;
    for (int i = 0; i < count; ++i) result += text;
    return result;
  };
  CHECK_THROWS_WITH(parse_model(repeated("Sequential((0):", 200'000)),
                    ContainsSubstring("modules are nested too deeply"));
  CHECK(outcome([&] { parse_model("Linear(" + repeated("(", 1'000'000)); }) == Outcome::threw);
  CHECK(outcome([&] { parse_model("Linear(" + repeated("((1),", 100'000)); }) == Outcome::threw);
  CHECK(outcome([&] { parse_model(repeated("Sequential(OrderedDict([('a', ", 100'000)); }) ==
        Outcome::threw);
  CHECK_THROWS_WITH(parse_model("Sequential(" + repeated("Tanh()", 60'000) + ")"),
                    EndsWith("the model has too many layers"));
  CHECK_THROWS_WITH(parse_model(std::string(1'000'000, 'x') + "()"),
                    ContainsSubstring("unknown layer \"" + std::string(60, 'x') + "...\""));
  // Sizes above 2^64 elements or bytes would wrap around: little is allocated, and much is written.
  for (const char* text : {"Linear(2147483648, 2147483648)", "Conv2d(1, 6, kernel_size=2147483648)",
                           "Conv2d(1, 1, kernel_size=(4294967296, 4294967296))",
                           "Embedding(2147483648, 2147483648)"}) {
    INFO(text);
    CHECK(outcome([&] { parse_model(text); }) == Outcome::threw);
  }
}

TEST_CASE("text: a model that would fill the memory is refused before it takes memory") {
  const std::string shape = "model text, line 1, column 1: shape [1000000000, 1000000000] is ";
  CHECK_THROWS_WITH(parse_model("Linear(1000000000, 1000000000)"), shape + "too large");
  const std::string limit = "too large: it takes more than 1073741824 numbers in all";
  // The last one exceeds the limit only in the sum of smaller arrays.
  for (const std::string text :
       {"Linear(40000, 40000)", "Conv2d(1, 50000, 200)", "Embedding(2000000000, 3)",
        "LayerNorm((40000, 40000))", "BatchNorm1d(2147483648)", "PReLU(num_parameters=2000000000)",
        "GRU(40000, 20000)"}) {
    INFO(text);
    CHECK_THROWS_WITH(parse_model(text), "model text, line 1, column 1: " + limit);
  }
  // These exceed the limit only in the sum of many arrays. What a refused model took stays counted.
  const auto complaint = [](const char* text) {
    const ArrayLimit tight(2000);
    CHECK_THROWS_WITH(parse_model(text), EndsWith("more than 2000 numbers in all"));
  };
  complaint("Sequential(BatchNorm1d(300), BatchNorm1d(300))");
  complaint("LSTM(1, 1, num_layers=2147483648)");
  complaint("Linear(50, 50)");
  const ArrayLimit tight(2000);
  CHECK_NOTHROW(parse_model("Linear(20, 20)"));  // its bias counts as 256 numbers
}

}  // namespace
}  // namespace fanin
