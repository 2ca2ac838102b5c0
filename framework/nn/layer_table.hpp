#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "framework/core/error.hpp"
#include "framework/nn/module.hpp"
#include "framework/ops/window.hpp"

namespace fanin::FANIN_PRECISION {

// An argument's value is of the wrong kind.
struct ArgumentError : Error {
  ArgumentError(const std::string& what, std::string name)
      : Error(what), argument(std::move(name)) {}
  std::string argument;
};

// The arguments of one layer by name, as the reader found them; each getter throws ArgumentError
// when the value is of another kind.
class Arguments {
 public:
  Arguments(std::string layer, std::map<std::string, Value> values)
      : layer_(std::move(layer)), values_(std::move(values)) {}

  std::size_t count(const std::string& name) const;  // a whole number >= 0
  std::int64_t integer(const std::string& name) const;
  std::optional<std::int64_t> maybe_integer(const std::string& name) const;  // or None
  Extents extents(const std::string& name) const;                            // 3 or (3, 5)
  Extents pool_stride(const std::string& name) const;    // those, not 0; None is 0
  Extents adaptive_size(const std::string& name) const;  // 3 or (None, 5), with as_input for None
  Padding padding(const std::string& name) const;        // that, or a word
  Number number(const std::string& name) const;
  std::optional<Number> maybe_number(const std::string& name) const;  // or None
  bool flag(const std::string& name) const;
  // One of the words known; throws Error naming them.
  std::string word(const std::string& name, const std::vector<std::string>& known) const;

 private:
  [[noreturn]] void fail(const std::string& name, const std::string& expected) const;
  Extents extents(const std::string& name, bool may_be_none) const;
  std::string layer_;
  std::map<std::string, Value> values_;
};

// How PyTorch prints an argument: without its name, with it, with it and the word in quotes, only
// when it is not the default, or never.
enum class Shown { positional, always, quoted, if_changed, never };

struct Field {
  std::string name;
  Shown shown;
  std::optional<Value> fallback;  // none: the argument is required
};

// What others must know of a layer beside its text.
enum class LayerKind { other, affine, recurrent, embedding, norm };

// A row knows a layer's text both ways: Module::arguments() gives the fields' values in this order,
// `make` builds the layer from them.
struct LayerRow {
  std::string type;
  std::vector<Field> fields;
  std::function<std::shared_ptr<Module>(const Arguments&, Generator&)> make;
  LayerKind kind = LayerKind::other;
  std::size_t gates = 1;  // blocks of rows in a recurrent layer's parameters
};

const std::vector<LayerRow>& layer_table();
const LayerRow* find_layer(const std::string& type);  // null when unknown

LayerKind kind_of(const Module& layer);  // other when unknown

// A new layer with this one's arguments. Throws Error for one that is not in the table.
std::shared_ptr<Module> make_alike(const Module& layer, Generator& generator);

// An argument as the type that a constructor takes.
template <class T>
T argument(const Arguments& arguments, const std::string& name) {
  if constexpr (std::is_same_v<T, bool>)
    return arguments.flag(name);
  else if constexpr (std::is_same_v<T, Number>)
    return arguments.number(name);
  else if constexpr (std::is_same_v<T, std::size_t>)
    return arguments.count(name);
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return arguments.integer(name);
  else
    return arguments.maybe_integer(name);
}

// The row of a layer that draws nothing and whose constructor takes its fields as types T.
template <class Layer, class... T>
LayerRow plain_layer(std::string type, std::vector<Field> fields) {
  const auto make = [fields]<std::size_t... i>(const Arguments& a, std::index_sequence<i...>) {
    return std::make_shared<Layer>(argument<T>(a, fields[i].name)...);
  };
  return {std::move(type), fields, [make](const Arguments& a, Generator&) {
            return make(a, std::index_sequence_for<T...>());
          }};
}

}  // namespace fanin::FANIN_PRECISION
