#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "framework/core/error.hpp"
#include "framework/nn/module.hpp"
#include "framework/ops/window.hpp"

namespace fanin::FANIN_PRECISION {

// How PyTorch prints an argument. if_changed prints it unless it is the default.
enum class Shown { positional, always, quoted, if_changed, never };

struct Field {
  std::string name;
  Shown shown;
  std::optional<Value> fallback;        // without one the argument is required
  std::vector<std::string> words = {};  // the only texts allowed
};

// What kind of parameters a layer has. The layer's printed text does not show it.
enum class LayerKind { other, affine, recurrent, embedding, norm };

// A row serves printing and parsing: Module::arguments() returns the fields' values in this order,
// and `make` builds the layer from them.
struct LayerRow {
  std::string type;
  std::vector<Field> fields;
  std::function<std::shared_ptr<Module>(const class Arguments&, Generator&)> make;
  LayerKind kind = LayerKind::other;
  std::size_t gates = 1;  // blocks of rows in a recurrent layer's parameters
  // The constructor's arguments that need no name, if they are not the fields in their order.
  std::vector<std::string> positions = {};
  std::vector<std::pair<std::string, Value>> fixed = {};  // arguments that allow this value only
};

const std::vector<LayerRow>& layer_table();
const LayerRow* find_layer(const std::string& type);  // null when unknown

LayerKind kind_of(const Module& layer);  // other when unknown

// A new layer with this one's arguments. Throws Error if the table does not have the layer.
std::shared_ptr<Module> make_alike(const Module& layer, Generator& generator);

// The value of this field is of the wrong kind.
struct ArgumentError : Error {
  ArgumentError(const std::string& what, std::size_t at) : Error(what), field(at) {}
  std::size_t field;
};

struct OutputSize : Extents {  // PyTorch's None becomes as_input (ops/window.hpp)
  OutputSize() : Extents(0) {}
};

// A layer's arguments, a value for each field of its row.
class Arguments {
 public:
  Arguments(const LayerRow& row, std::vector<Value> values)
      : row_(row), values_(std::move(values)) {}

  // As the type that a constructor takes. Throws ArgumentError if the value is of another kind.
  template <class T>
  T get(std::size_t field) const {
    T value{};
    read(field, value);
    return value;
  }

 private:
  void read(std::size_t field, bool& to) const;
  void read(std::size_t field, std::int64_t& to) const;
  void read(std::size_t field, std::size_t& to) const;  // up to 2^31
  void read(std::size_t field, Number& to) const;
  void read(std::size_t field, double& to) const;
  void read(std::size_t field, std::string& to) const;  // one of the field's words
  void read(std::size_t field, Extents& to) const;      // 3 or (3, 5)
  void read(std::size_t field, OutputSize& to) const;
  void read(std::size_t field, std::optional<Extents>& to) const;  // a pool's stride, not 0
  void read(std::size_t field, Padding& to) const;
  template <class T>
  void read(std::size_t field, std::optional<T>& to) const {
    if (!std::holds_alternative<std::monostate>(values_[field])) to = get<T>(field);
  }

  template <class T>
  const T& value_as(std::size_t field, const char* expected) const;
  Extents extents(std::size_t field, bool may_be_none) const;
  [[noreturn]] void fail(std::size_t field, const std::string& expected) const;

  const LayerRow& row_;
  std::vector<Value> values_;
};

template <class... T>
struct Types {};

// Makes a layer's row. Its constructor takes the first fields as types First, then the others
// (More) in an Options struct unless that is void, and last a generator if the layer draws.
template <class Layer, class Options = void, class... First, class... More>
LayerRow layer_row(std::string type, std::vector<Field> fields, Types<First...>,
                   LayerKind kind = LayerKind::other, Types<More...> = {}) {
  const auto make = []([[maybe_unused]] const Arguments& a, Generator& generator) {
    std::size_t field = 0;
    [[maybe_unused]] const auto next = [&]<class T>(T*) { return a.get<T>(field++); };
    const auto construct = [&](const auto&... values) -> std::shared_ptr<Module> {
      if constexpr (std::is_constructible_v<Layer, decltype(values)..., Generator&>)
        return std::make_shared<Layer>(values..., generator);
      else
        return std::make_shared<Layer>(values...);
    };
    const std::tuple<First...> first{next(static_cast<First*>(nullptr))...};
    if constexpr (std::is_void_v<Options>)
      return std::apply(construct, first);
    else
      return std::apply(
          construct,
          std::tuple_cat(first, std::tuple(Options{next(static_cast<More*>(nullptr))...})));
  };
  return {std::move(type), std::move(fields), make, kind};
}

}  // namespace fanin::FANIN_PRECISION
