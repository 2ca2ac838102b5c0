#include "framework/core/kernels/simd.hpp"

// Kernels that treat each number by itself; the updates of optimisers are among them.
namespace fanin::FANIN_PRECISION::FANIN_ISA {
namespace {

// y = f(x) and y = f(a, b).
template <auto f>
void map(std::size_t n, const Real* x, Real* y) {
  for_vectors(n, [&](auto get, auto put) { put(y, f(get(x))); });
}

template <auto f>
void zip(std::size_t n, const Real* a, const Real* b, Real* y) {
  for_vectors(n, [&](auto get, auto put) { put(y, f(get(a), get(b))); });
}

template <Activation activation>
constexpr auto gradient_before =
    [](const Vec& y, const Vec& g) { return before(activation, y, g); };

void scale(std::size_t n, Real factor, const Real* x, Real* y) {
  for_vectors(n, [&](auto get, auto put) { put(y, get(x) * factor); });
}

// A curve F has a value and a slope, each a function of x and two parameters.
template <class F>
void curve(std::size_t n, const Real* p, const Real* x, Real* y) {
  const Vec p0(p[0]), p1(p[1]);
  for_vectors(n, [&](auto get, auto put) { put(y, F::value(get(x), p0, p1)); });
}

template <class F>
void curve_backward(std::size_t n, const Real* p, const Real* x, const Real* g, Real* dx) {
  const Vec p0(p[0]), p1(p[1]);
  for_vectors(n, [&](auto get, auto put) { put(dx, get(g) * F::slope(get(x), p0, p1)); });
}

template <class F>
constexpr PointwiseKernels both{curve<F>, curve_backward<F>};

struct LeakyRelu {
  static Vec value(Vec x, Vec p, Vec) { return xsimd::select(x > Vec(0), x, p * x); }
  static Vec slope(Vec x, Vec p, Vec) { return xsimd::select(x > Vec(0), Vec(1), p); }
};

struct Elu {
  static Vec value(Vec x, Vec p, Vec scale) {
    return xsimd::select(x > Vec(0), scale * x, p * xsimd::expm1(x));
  }
  static Vec slope(Vec x, Vec p, Vec scale) {
    return xsimd::select(x > Vec(0), scale, p * xsimd::exp(x));
  }
};

struct Gelu {
  // This uses erfc, because 1 + erf(x) cancels below 0.
  static Vec phi(Vec x) { return Vec(0.5) * xsimd::erfc(x * Vec(-0.70710678118654752)); }
  static Vec value(Vec x, Vec, Vec) { return x * phi(x); }
  static Vec slope(Vec x, Vec, Vec) {
    return phi(x) + x * xsimd::exp(Vec(-0.5) * x * x) * Vec(0.39894228040143268);
  }
};

// Hendrycks & Gimpel 2016: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
struct GeluTanh {
  static Vec inner(Vec x) { return Vec(0.79788456080286536) * (x + Vec(0.044715) * x * x * x); }
  static Vec value(Vec x, Vec, Vec) { return Vec(0.5) * x * (Vec(1) + xsimd::tanh(inner(x))); }
  static Vec slope(Vec x, Vec, Vec) {
    const Vec t = xsimd::tanh(inner(x));
    const Vec steep = Vec(0.79788456080286536) * (Vec(1) + Vec(3 * 0.044715) * x * x);
    return Vec(0.5) * (Vec(1) + t + x * (Vec(1) - t * t) * steep);
  }
};

struct Silu {
  static Vec value(Vec x, Vec, Vec) { return x * sigmoid(x); }
  static Vec slope(Vec x, Vec, Vec) {
    const Vec s = sigmoid(x);
    return s * (Vec(1) + x * (Vec(1) - s));
  }
};

// With e = exp(x), tanh(log(1 + e)) = (e^2 + 2e) / (e^2 + 2e + 2), which is 1 in float above 20.
struct Mish {
  static Vec bend(Vec x) {
    const Vec e = xsimd::exp(xsimd::select(x > Vec(20), Vec(20), x)), n = e * (e + Vec(2));
    return quotient(n, n + Vec(2));
  }
  static Vec value(Vec x, Vec, Vec) { return x * bend(x); }
  static Vec slope(Vec x, Vec, Vec) {
    const Vec t = bend(x);
    return t + x * sigmoid(x) * (Vec(1) - t * t);
  }
};

struct Hardswish {
  static Vec value(Vec x, Vec, Vec) {
    const Vec above = xsimd::select(x <= Vec(-3), Vec(0), x + Vec(3));
    return quotient(x * xsimd::select(x >= Vec(3), Vec(6), above), Vec(6));
  }
  static Vec slope(Vec x, Vec, Vec) {
    const Vec bent = quotient(x, Vec(3)) + Vec(0.5);
    return xsimd::select(x >= Vec(3), Vec(1), xsimd::select(x <= Vec(-3), Vec(0), bent));
  }
};

struct Hardtanh {
  static Vec value(Vec x, Vec low, Vec high) {
    return xsimd::select(x < low, low, xsimd::select(x > high, high, x));
  }
  static Vec slope(Vec x, Vec low, Vec high) {
    return xsimd::select((x <= low) | (x >= high), Vec(0), Vec(1));
  }
};

struct Softsign {
  static Vec value(Vec x, Vec, Vec) { return quotient(x, Vec(1) + xsimd::abs(x)); }
  static Vec slope(Vec x, Vec, Vec) {
    const Vec root = quotient(Vec(1), Vec(1) + xsimd::abs(x));
    return root * root;
  }
};

struct LogSigmoid {
  static Vec value(Vec x, Vec, Vec) {
    return xsimd::select(x > Vec(0), Vec(0), x) - xsimd::log1p(xsimd::exp(-xsimd::abs(x)));
  }
  static Vec slope(Vec x, Vec, Vec) { return sigmoid(-x); }
};

struct Softplus {
  static Vec value(Vec x, Vec beta, Vec threshold) {
    return xsimd::select(x * beta > threshold, x,
                         quotient(xsimd::log1p(xsimd::exp(x * beta)), beta));
  }
  static Vec slope(Vec x, Vec beta, Vec threshold) {
    return xsimd::select(x * beta > threshold, Vec(1), sigmoid(x * beta));
  }
};

// Hochreiter & Schmidhuber 1997 with forget gates: c = f c' + i g, h = o tanh(c).
void lstm_cell(std::size_t n, Real* gates, const Real* c_before, Real* c, Real* h) {
  Real *i = gates, *f = gates + n, *g = gates + 2 * n, *o = gates + 3 * n;
  for_vectors(n, [&](auto get, auto put) {
    const Vec input = sigmoid(get(i)), forget = sigmoid(get(f));
    const Vec cell = xsimd::tanh(get(g)), output = sigmoid(get(o));
    const Vec state = forget * get(c_before) + input * cell;
    put(i, input);
    put(f, forget);
    put(g, cell);
    put(o, output);
    put(c, state);
    put(h, output * xsimd::tanh(state));
  });
}

void lstm_cell_backward(std::size_t n, const Real* gates, const Real* c_before, const Real* c,
                        const Real* dh, Real* dc, Real* dgates) {
  const Vec one(1);
  for_vectors(n, [&](auto get, auto put) {
    const Vec i = get(gates), f = get(gates + n), g = get(gates + 2 * n), o = get(gates + 3 * n);
    const Vec t = xsimd::tanh(get(c)), d = get(dh);
    const Vec state = get(dc) + d * o * (one - t * t);
    put(dgates, state * g * i * (one - i));
    put(dgates + n, state * get(c_before) * f * (one - f));
    put(dgates + 2 * n, state * i * (one - g * g));
    put(dgates + 3 * n, d * t * o * (one - o));
    put(dc, state * f);
  });
}

// Cho et al. 2014, in the form of cuDNN and PyTorch: h = (1 - z) tanh(n_x + r n_h) + z h'.
void gru_cell(std::size_t n, Real* gates, const Real* h_before, Real* h) {
  Real *r = gates, *z = gates + n, *candidate = gates + 2 * n, *from_state = gates + 3 * n;
  for_vectors(n, [&](auto get, auto put) {
    const Vec reset = sigmoid(get(r)), update = sigmoid(get(z));
    const Vec c = xsimd::tanh(get(candidate) + reset * get(from_state));
    put(r, reset);
    put(z, update);
    put(candidate, c);
    put(h, c + update * (get(h_before) - c));
  });
}

void gru_cell_backward(std::size_t n, const Real* gates, const Real* h_before, Real* dh,
                       Real* dgates) {
  const Vec one(1);
  for_vectors(n, [&](auto get, auto put) {
    const Vec r = get(gates), z = get(gates + n), c = get(gates + 2 * n), d = get(dh);
    const Vec dc = d * (one - z) * (one - c * c);
    put(dgates, dc * get(gates + 3 * n) * r * (one - r));
    put(dgates + n, d * (get(h_before) - c) * z * (one - z));
    put(dgates + 2 * n, dc);
    put(dgates + 3 * n, dc * r);
    put(dh, d * z);
  });
}

// The optimisers round as PyTorch 2.13 does, with the same products and sums fused.

// PyTorch's SGD: g += decay p; b = momentum b + (1 - dampening) g; p -= lr b (or g + momentum b).
void sgd(std::size_t n, const SgdStep& s, const Real* g, Real* buffer, Real* p) {
  const Vec lr(s.lr), momentum(s.momentum), fresh(s.fresh), decay(s.weight_decay);
  if (s.momentum == 0) {
    for_vectors(
        n, [&](auto get, auto put) { put(p, fused(-lr, fused(decay, get(p), get(g)), get(p))); });
    return;
  }
  for_vectors(n, [&](auto get, auto put) {
    const Vec d = fused(decay, get(p), get(g));
    const Vec b = s.first ? d : fused(fresh, d, momentum * get(buffer));
    put(buffer, b);
    put(p, fused(-lr, s.nesterov ? fused(momentum, b, d) : b, get(p)));
  });
}

// torch.lerp: a + weight (b - a), from the nearer end.
Vec lerp(const Vec& a, const Vec& b, Real weight) {
  return weight < Real(0.5) ? fused(Vec(weight), b - a, a) : fused(Vec(weight - 1), b - a, b);
}

// Kingma & Ba 2015; AdamW: Loshchilov & Hutter 2019; AMSGrad: Reddi et al. 2018.
void adam(std::size_t n, const AdamStep& s, const Real* g, Real* m, Real* v, Real* largest,
          Real* p) {
  const Vec beta2(s.beta2), fresh2(s.fresh2);
  const Vec step(s.step_size), root(s.root), eps(s.eps), decay(s.weight_decay), shrink(s.shrink);
  for_vectors(n, [&](auto get, auto put) {
    const Vec before = get(p) * shrink;
    const Vec d = fused(decay, before, get(g));
    const Vec mean = lerp(get(m), d, s.fresh1);
    const Vec square = fused(fresh2 * d, d, beta2 * get(v));
    put(m, mean);
    put(v, square);
    const Vec divisor = s.amsgrad ? xsimd::max(get(largest), square) : square;
    if (s.amsgrad) put(largest, divisor);
    put(p, before - quotient(step * mean, quotient(square_root(divisor), root) + eps));
  });
}

// Tieleman & Hinton 2012; centred: Graves 2013.
void rmsprop(std::size_t n, const RmspropStep& s, const Real* g, Real* v, Real* buffer, Real* mean,
             Real* p) {
  const Vec lr(s.lr), alpha(s.alpha), fresh(s.fresh), eps(s.eps), decay(s.weight_decay);
  const Vec momentum(s.momentum);
  for_vectors(n, [&](auto get, auto put) {
    const Vec d = fused(decay, get(p), get(g));
    const Vec square = fused(fresh * d, d, alpha * get(v));
    Vec spread = square;
    if (s.centered) {
      const Vec average = lerp(get(mean), d, s.fresh);
      put(mean, average);
      spread = fused(-average, average, square);
    }
    put(v, square);
    const Vec divisor = square_root(spread) + eps;
    if (s.momentum == 0) {
      put(p, get(p) - quotient(lr * d, divisor));
    } else {
      // Times 1, as the compiler would fuse the other product.
      const Vec b = fused(quotient(d, divisor), Vec(1), momentum * get(buffer));
      put(buffer, b);
      put(p, fused(-lr, b, get(p)));
    }
  });
}

// Zeiler 2012.
void adadelta(std::size_t n, const AdadeltaStep& s, const Real* g, Real* v, Real* u, Real* p) {
  const Vec lr(s.lr), rho(s.rho), fresh(s.fresh), eps(s.eps), decay(s.weight_decay);
  for_vectors(n, [&](auto get, auto put) {
    const Vec d = fused(decay, get(p), get(g)), before = get(u);
    const Vec square = fused(fresh * d, d, rho * get(v));
    const Vec delta = quotient(square_root(before + eps), square_root(square + eps)) * d;
    put(v, square);
    put(u, fused(fresh * delta, delta, rho * before));
    put(p, fused(-lr, delta, get(p)));
  });
}

}  // namespace

void add_pointwise(Kernels& table) {
  table.add = zip<[](const Vec& u, const Vec& v) { return u + v; }>;
  table.subtract = zip<[](const Vec& u, const Vec& v) { return u - v; }>;
  table.multiply = zip<[](const Vec& u, const Vec& v) { return u * v; }>;
  table.divide = zip<quotient>;
  table.scale = scale;
  table.exp = map<[](const Vec& v) { return xsimd::exp(v); }>;
  table.log = map<[](const Vec& v) { return xsimd::log(v); }>;
  table.sqrt = map<square_root>;
  table.relu = map<relu>;
  table.relu_backward = zip<gradient_before<Activation::relu>>;
  table.tanh = map<[](const Vec& v) { return xsimd::tanh(v); }>;
  table.tanh_backward = zip<gradient_before<Activation::tanh>>;
  table.sigmoid = map<sigmoid>;
  table.sigmoid_backward = zip<gradient_before<Activation::sigmoid>>;
  table.leaky_relu = both<LeakyRelu>;
  table.elu = both<Elu>;
  table.gelu = both<Gelu>;
  table.gelu_tanh = both<GeluTanh>;
  table.silu = both<Silu>;
  table.mish = both<Mish>;
  table.hardswish = both<Hardswish>;
  table.hardtanh = both<Hardtanh>;
  table.softsign = both<Softsign>;
  table.log_sigmoid = both<LogSigmoid>;
  table.softplus = both<Softplus>;
  table.lstm_cell = lstm_cell;
  table.lstm_cell_backward = lstm_cell_backward;
  table.gru_cell = gru_cell;
  table.gru_cell_backward = gru_cell_backward;
  table.sgd = sgd;
  table.adam = adam;
  table.rmsprop = rmsprop;
  table.adadelta = adadelta;
}

}  // namespace fanin::FANIN_PRECISION::FANIN_ISA
