#pragma once

#include <cstddef>
#include <cstdint>

#include "framework/core/precision.hpp"

// Kernels are loops over raw memory. Every file here is compiled once per instruction set, and the
// best set for the CPU is chosen at run time. `n` counts elements; N is the batch, innermost.
namespace fanin::FANIN_PRECISION {

// A sliding window over up to three spatial axes; missing leading axes have extent 1. In pooling,
// out_channels = in_channels and there is one group.
struct Window {
  std::size_t batch = 1, in_channels = 1, out_channels = 1, groups = 1;
  std::size_t in[3] = {1, 1, 1}, kernel[3] = {1, 1, 1}, out[3] = {1, 1, 1};
  std::size_t stride[3] = {1, 1, 1}, padding[3] = {0, 0, 0}, dilation[3] = {1, 1, 1};

  std::size_t in_pixels() const { return in[0] * in[1] * in[2]; }
  std::size_t out_pixels() const { return out[0] * out[1] * out[2]; }
  std::size_t kernel_size() const { return kernel[0] * kernel[1] * kernel[2]; }
  std::size_t group_in() const { return in_channels / groups; }
  std::size_t group_out() const { return out_channels / groups; }
  std::size_t in_taps() const { return group_in() * kernel_size(); }  // of one output
};

// Along an axis: the i in [first, last), below `most`, for which origin + i * step is in the image.
// These are the taps of one output (step = dilation) or the outputs of one tap (step = stride).
struct Inside {
  std::ptrdiff_t origin, step;
  std::size_t first, last;

  __attribute__((always_inline))
  Inside(const Window& s, int axis, std::size_t start, std::size_t by, std::size_t most)
      : origin(static_cast<std::ptrdiff_t>(start) - static_cast<std::ptrdiff_t>(s.padding[axis])),
        step(static_cast<std::ptrdiff_t>(by)) {
    const std::ptrdiff_t left = static_cast<std::ptrdiff_t>(s.in[axis]) - origin;
    first = origin < 0 ? static_cast<std::size_t>((step - origin - 1) / step) : 0;
    last = left > 0 ? static_cast<std::size_t>((left + step - 1) / step) : 0;
    if (last > most) last = most;
  }
  std::size_t position(std::size_t i) const {
    return static_cast<std::size_t>(origin + static_cast<std::ptrdiff_t>(i) * step);
  }
};

// Pointwise functions whose slope follows from their output, so a layer can fuse them into its
// pass.
enum class Activation { none, relu, tanh, sigmoid };

// A convolution, and the activation and max pooling that follow it in the same pass.
struct ConvPass {
  Window conv;
  Activation activation = Activation::none;
  bool pooled = false;
  Window pool = {};

  std::size_t out_pixels() const { return pooled ? pool.out_pixels() : conv.out_pixels(); }
};

enum class ConvPart { output, input_gradient, weight_gradient };

// The images or channels [first, last) that one call handles, so that threads can share the work.
struct Range {
  std::size_t first, last;
};

// Mean pooling: output i of an axis takes inputs [first, last), each times `share`.
struct PoolSpan {
  std::size_t first, last;
  Real share;
};

using MapKernel = void (*)(std::size_t n, const Real* x, Real* y);
using ZipKernel = void (*)(std::size_t n, const Real* a, const Real* b, Real* y);

// Softmax or its logarithm over the middle axis of [outer][n][inner], and its gradient.
struct SoftmaxKernels {
  void (*forward)(std::size_t outer, std::size_t n, std::size_t inner, const Real* x, Real* y);
  void (*backward)(std::size_t outer, std::size_t n, std::size_t inner, const Real* y,
                   const Real* g, Real* dx);
};

// A pointwise function with up to two parameters, whose slope follows from its input.
struct PointwiseKernels {
  void (*forward)(std::size_t n, const Real* parameters, const Real* x, Real* y);
  void (*backward)(std::size_t n, const Real* parameters, const Real* x, const Real* g, Real* dx);
};

// Coefficients of an update, which the optimiser computes in double.
struct SgdStep {
  Real lr, momentum, fresh, weight_decay;  // fresh = 1 - dampening
  bool nesterov, first;                    // the first step sets the buffer to the gradient
};

struct AdamStep {
  Real step_size;              // lr / (1 - beta1^t)
  Real fresh1, beta2, fresh2;  // fresh = 1 - beta
  Real root, eps;              // root = sqrt(1 - beta2^t)
  Real weight_decay;           // Adam adds this times the weights to the gradient
  Real shrink;                 // AdamW multiplies the weights by this
  bool amsgrad;                // divide by the largest v so far
};

struct RmspropStep {
  Real lr, alpha, fresh, eps, weight_decay, momentum;  // fresh = 1 - alpha
  bool centered;                                       // divide by the variance
};

struct AdadeltaStep {
  Real lr, rho, fresh, eps, weight_decay;  // fresh = 1 - rho
};

struct Kernels {
  const char* name;
  std::size_t lanes;  // numbers in a vector

  // [rows][columns] -> [columns][rows]
  void (*transpose)(std::size_t rows, std::size_t columns, const Real* x, Real* y);

  // Pointwise; y may be x. The backward kernels take the output and its gradient.
  ZipKernel add, subtract, multiply, divide;
  void (*scale)(std::size_t n, Real factor, const Real* x, Real* y);
  MapKernel exp, log, sqrt, relu, tanh, sigmoid;  // relu keeps NaN
  ZipKernel relu_backward, tanh_backward, sigmoid_backward;

  PointwiseKernels leaky_relu;       // p0 x below 0
  PointwiseKernels elu;              // p0 (exp(x) - 1) below 0, p1 x above
  PointwiseKernels gelu, gelu_tanh;  // x Phi(x), and its approximation by tanh
  PointwiseKernels silu;             // x sigmoid(x)
  PointwiseKernels mish;             // x tanh(log(1 + exp(x)))
  PointwiseKernels hardswish;        // x min(max(x + 3, 0), 6) / 6
  PointwiseKernels hardtanh;         // min(max(x, p0), p1)
  PointwiseKernels softsign;         // x / (1 + |x|)
  PointwiseKernels log_sigmoid;      // -log(1 + exp(-x))
  PointwiseKernels softplus;         // log(1 + exp(p0 x)) / p0; x itself if p0 x > p1

  SoftmaxKernels softmax, log_softmax;

  // Sums of the rows of a [rows][n] block.
  void (*row_sums)(std::size_t rows, std::size_t n, const Real* x, Real* sums);

  // c[m][n] = start + sum_k a[m * a_row + k * a_step] * b[k][n]. start is c itself if `add`, else
  // bias[m], or 0 if bias is null. scratch holds gemm_scratch(n, k) numbers.
  void (*gemm)(std::size_t m, std::size_t n, std::size_t k, const Real* a, std::size_t a_row,
               std::size_t a_step, const Real* b, const Real* bias, bool add, Real* c,
               Real* scratch);
  std::size_t (*gemm_scratch)(std::size_t n, std::size_t k);
  std::size_t small_product;  // up to this many multiply-adds OpenBLAS is faster than gemm

  // Convolution: x [C][in][N], w [O][C/groups][kernel], b [O] or null -> y [O][out][N]. If the pass
  // pools, `out` is the pool's, and the winning taps go to tap [O][out][N] unless that is null.
  // scratch holds conv_scratch(pass, part) numbers. A range of images starts at a multiple of 16.
  void (*conv)(const ConvPass&, Range images, const Real* x, const Real* w, const Real* b, Real* y,
               Real* tap, Real* scratch);
  // These compute from y's gradient g those of x, and of w and b, which may each be null.
  void (*conv_backward_input)(const ConvPass&, Range images, const Real* w, const Real* y,
                              const Real* tap, const Real* g, Real* dx, Real* scratch);
  void (*conv_backward_weight)(const ConvPass&, Range out_channels, const Real* x, const Real* y,
                               const Real* tap, const Real* g, Real* dw, Real* db, Real* scratch);
  std::size_t (*conv_scratch)(const ConvPass&, ConvPart);

  // Max pooling: x [C][in][N] -> y [C][out][N]; tap [C][out][N] keeps which tap of a window won.
  void (*max_pool)(const Window&, const Real* x, Real* y, Real* tap);
  void (*max_pool_backward)(const Window&, const Real* tap, const Real* g, Real* dx);

  // Mean pooling over the spans of the three axes: x [C][in][N] -> y [C][out][N].
  void (*mean_pool)(const Window&, const PoolSpan* const* spans, const Real* x, Real* y);
  void (*mean_pool_backward)(const Window&, const PoolSpan* const* spans, const Real* g, Real* dx);

  // Batch norm over the rows of a [channels][n] block, with inv_std = 1/sqrt(var + eps). weight and
  // bias may be null. Only an activation reads y. `fixed` statistics (eval) pass no gradient.
  void (*moments)(std::size_t channels, std::size_t n, const Real* x, Real* mean, Real* variance);
  void (*normalize)(std::size_t channels, std::size_t n, const Real* x, const Real* mean,
                    const Real* inv_std, const Real* weight, const Real* bias, Activation, Real* y);
  void (*normalize_backward)(std::size_t channels, std::size_t n, const Real* x, const Real* y,
                             const Real* g, const Real* mean, const Real* inv_std,
                             const Real* weight, Activation, bool fixed, Real* dx, Real* dweight,
                             Real* dbias);

  // Cross entropy of logits [K][N] and labels [N], with `smoothing` of each label spread over all
  // classes: each sample's loss, and in dx [K][N] the gradient of their sum weighted by share [N].
  // A sample of share 0 has loss 0, whatever its label.
  void (*cross_entropy)(std::size_t classes, std::size_t n, const Real* logits,
                        const std::int64_t* labels, const Real* share, Real smoothing, Real* losses,
                        Real* dx);

  // One LSTM step over n = H N numbers; gates [4H][N] (i, f, g, o) are activated in place.
  void (*lstm_cell)(std::size_t n, Real* gates, const Real* c_before, Real* c, Real* h);
  // Computes dgates from dh [H][N] and dc, which holds the next step's gradient and is replaced by
  // the gradient for the previous step.
  void (*lstm_cell_backward)(std::size_t n, const Real* gates, const Real* c_before, const Real* c,
                             const Real* dh, Real* dc, Real* dgates);

  // One GRU step. gates [4H][N] holds r, z, and the candidate's parts from the input and from the
  // state; r and z are activated in place, and the candidate replaces its part from the input.
  void (*gru_cell)(std::size_t n, Real* gates, const Real* h_before, Real* h);
  // Computes dgates from dh [H][N]; then dh keeps what flows past the gates to the previous step.
  void (*gru_cell_backward)(std::size_t n, const Real* gates, const Real* h_before, Real* dh,
                            Real* dgates);

  // The next 624 words of the Mersenne Twister's state, and those words tempered.
  void (*twist)(std::uint32_t* state);
  void (*temper)(const std::uint32_t* state, std::uint32_t* bits);

  // PyTorch's uniforms in [a, b) from random bits, and its normals in place of uniforms in [0, 1),
  // 16 at a time. They are floats in both precisions, with the same bits on every CPU.
  void (*uniform)(std::size_t n, const std::uint32_t* bits, float a, float b, float* y);
  void (*normal)(std::size_t n, float mean, float std, float* y);

  // One pass over a parameter updates it. largest and mean are null unless the step uses them.
  void (*sgd)(std::size_t n, const SgdStep&, const Real* g, Real* buffer, Real* p);
  void (*adam)(std::size_t n, const AdamStep&, const Real* g, Real* m, Real* v, Real* largest,
               Real* p);
  void (*rmsprop)(std::size_t n, const RmspropStep&, const Real* g, Real* v, Real* buffer,
                  Real* mean, Real* p);
  void (*adadelta)(std::size_t n, const AdadeltaStep&, const Real* g, Real* v, Real* u, Real* p);
};

// The kernels for this CPU, or for the set that FANIN_SIMD names: avx512, avx2 or portable, or neon
// on arm64. Throws UsageError if the name is unknown or the CPU lacks the set.
const Kernels& kernels();
}  // namespace fanin::FANIN_PRECISION
