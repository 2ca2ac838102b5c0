#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "experiments/report/outcomes.hpp"
#include "experiments/report/records.hpp"
#include "experiments/reproduce/judge.hpp"

namespace fanin {

// The finished runs of the specs behind a claim.
class Evidence {
 public:
  void add(const Sweep& sweep, const std::filesystem::path& folder);

  using Measure = std::function<double(const RunRecord&)>;
  // A number of each run of an init in a spec, in the order of the seeds; of the runs of one panel,
  // "depth=30", where the spec has several. Throws Error where a run is missing.
  std::vector<double> of(const std::string& spec, const std::string& init, const Measure& measure,
                         const std::string& panel = "") const;
  const Sweep& sweep(const std::string& spec) const { return sweeps_.at(spec); }
  const Records& records(const std::string& spec) const { return records_.at(spec); }
  std::filesystem::path folder(const std::string& spec) const { return folders_.at(spec); }

 private:
  std::map<std::string, Sweep> sweeps_;
  std::map<std::string, Records> records_;
  std::map<std::string, std::filesystem::path> folders_;
};

// Measures of a run.
std::function<double(const RunRecord&)> accuracy_after(std::size_t epoch);
std::function<double(const RunRecord&)> steps_to(double accuracy);  // infinite: never

// A published result, and how it is held against ours.
struct Claim {
  std::string id, source, setting;
  std::vector<Finding> (*judge)(const Evidence&);
  std::vector<std::string> specs = {};  // experiments/reproduce/specs/NAME.toml; none for a static
  bool slow = false;                    // only by name or with --all
};

const std::vector<Claim>& claim_table();

// Claims without training: seconds each.
std::vector<Finding> glorot_spreads(const Evidence&);
std::vector<Finding> hanin_lengths(const Evidence&);
std::vector<Finding> he_variances(const Evidence&);
std::vector<Finding> sqrt5_spreads(const Evidence&);
std::vector<Finding> matrix_chains(const Evidence&);
std::vector<Finding> tanh_criticality(const Evidence&);
std::vector<Finding> orthogonal_isometry(const Evidence&);

// Published with the code that made them.
std::vector<Finding> fastai_rows(const Evidence&);
std::vector<Finding> fastai_hooks(const Evidence&);
std::vector<Finding> fastai_lsuv(const Evidence&);
std::vector<Finding> nielsen_weights(const Evidence&);
std::vector<Finding> zero_ranks(const Evidence&);
std::vector<Finding> delta_orthogonal(const Evidence&);
std::vector<Finding> d2l_lenet(const Evidence&);

// Of papers.
std::vector<Finding> he_depth(const Evidence&);
std::vector<Finding> hanin_depth(const Evidence&);
std::vector<Finding> glorot_start(const Evidence&);
std::vector<Finding> schoenholz_phases(const Evidence&);
std::vector<Finding> saxe_linear(const Evidence&);

}  // namespace fanin
