#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/nn/module.hpp"
#include "init/function_table.hpp"
#include "init/scheme_table.hpp"

namespace fanin {

// What theory expects of a parameter's values under a recipe.
struct Expectation {
  std::string path;
  double std;  // NaN if it depends on data, as under lsuv, or if there is no theory
  bool by_data;
  bool random;  // InitCall::random
};

struct InitOptions {
  std::function<Array()> images = {};  // returns a batch; only recipes that look at data call it
  // Every parameter draws from its own stream, Generator::stream(seed, path), even if it keeps the
  // default of its constructor, so adding or removing a layer changes no other layer's weights.
  // Afterwards the generator restarts from its seed.
  bool per_parameter = false;
};

// How to initialise a model, read once from its text: a name of the scheme table with its options,
// such as "normal:std=0.01", or the user's own rules under a new name, perhaps on top of a named
// scheme: "mine{base=kaiming_normal; Conv*.weight=xavier_normal_; *.bias=zeros_}".
class Recipe {
 public:
  explicit Recipe(const std::string& text);  // throws UsageError unless it is a recipe

  const std::string& text() const { return text_; }
  std::string label() const;  // "mine"; a named scheme's text is its label
  bool looks_at_data() const { return lsuv_.has_value(); }
  // Throws UsageError if one of the user's own rules matches no parameter of the model.
  void check_fits(Module& model) const { visits(model); }
  std::vector<Expectation> expected(Module& model) const;  // in the order of the parameters
  // Visits the parameters module by module in the order of modules(), as a PyTorch script draws
  // them. Throws as check_fits(), and Error naming a parameter that does not fit its init function.
  void apply(Module& model, Generator& generator = default_generator(),
             const InitOptions& options = {}) const;

 private:
  struct BoundRule {
    std::string pattern, text;
    InitCall call;
    bool own;                       // written by the user
    bool finds_activation = false;  // act=auto: `call` is for no activation, and bound anew
  };
  struct Lsuv {
    double tol;
    std::size_t tries;
  };
  // A parameter of a model, and the rule that fills it, or null if it keeps what its layer drew.
  struct Visit {
    std::string path;
    Module* layer;
    Tensor tensor;
    const BoundRule* rule;
    std::shared_ptr<const InitCall> found = {};  // for a rule that finds the activation

    const InitCall& call() const { return found ? *found : rule->call; }
  };

  static BoundRule bound_rule(const std::string& pattern, const std::string& call, bool own);
  void read_scheme(const std::string& text);
  void read_own(const std::string& rules);  // the text between the braces
  std::vector<Visit> visits(Module& model) const;
  static void find_activations(Module& model, std::vector<Visit>& visits);
  bool scales(const Visit& visit) const;  // whether LSUV scales it

  std::string text_;
  std::vector<BoundRule> rules_;
  std::optional<Lsuv> lsuv_;
};

// Recipe(text).apply(model, ...).
void apply_scheme(Module& model, const std::string& text,
                  Generator& generator = default_generator(), const InitOptions& options = {});

// The text of a recipe with rules of its own.
std::string scheme_text(const std::string& label, const std::vector<Rule>& rules,
                        const std::string& base = "");

}  // namespace fanin
