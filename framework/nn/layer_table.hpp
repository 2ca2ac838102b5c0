#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/nn/module.hpp"

namespace fanin::inline FANIN_PRECISION {

// The arguments of one layer by name, as the reader found them; each getter throws Error naming
// the argument when its value is of another kind.
class Arguments {
 public:
  Arguments(std::string layer, std::map<std::string, Value> values)
      : layer_(std::move(layer)), values_(std::move(values)) {}

  std::size_t count(const std::string& name) const;  // a whole number >= 0
  std::int64_t integer(const std::string& name) const;
  std::optional<std::int64_t> maybe_integer(const std::string& name) const;  // or None
  std::array<std::size_t, 2> pair(const std::string& name) const;            // 3 or (3, 5)
  double number(const std::string& name) const;
  bool flag(const std::string& name) const;

 private:
  [[noreturn]] void fail(const std::string& name, const char* expected) const;
  std::string layer_;
  std::map<std::string, Value> values_;
};

// How PyTorch prints an argument: without its name, with it, or only when it is not the default.
enum class Shown { positional, always, if_changed };

struct Field {
  std::string name;
  Shown shown;
  std::optional<Value> fallback;  // none: the argument is required
};

// A row knows a layer's text both ways: Module::arguments() gives the fields' values in this order,
// `make` builds the layer from them.
struct LayerRow {
  std::string type;
  std::vector<Field> fields;
  std::function<std::shared_ptr<Module>(const Arguments&, Generator&)> make;
};

const std::vector<LayerRow>& layer_table();
const LayerRow* find_layer(const std::string& type);  // null when unknown

// A new layer with this one's arguments. Throws Error for one that is not in the table.
std::shared_ptr<Module> make_alike(const Module& layer, Generator& generator);

}  // namespace fanin::inline FANIN_PRECISION
