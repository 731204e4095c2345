// A block of columns of the state passes through all tokens before the next block: it stays in the
// first-level cache.
#include "supernet/torch/kernels/cpu/token_rules.h"

#include "supernet/torch/kernels/cpu/vec.h"

namespace tailor::cpu {
namespace {

/// One token's rows.
struct Token {
  const float *q, *k, *v, *a, *b, *decay;
  float beta;
  int64_t decay_column;  // 0 or 1
};

TAILOR_INLINE Token token_at(const TokenInputs& in, int64_t t) {
  static constexpr float kOne = 1;
  const int64_t key = t * in.key_step;
  return {.q = in.q + key,
          .k = in.k + key,
          .v = in.v + t * in.value_step,
          .a = in.a ? in.a + key : nullptr,
          .b = in.b ? in.b + key : nullptr,
          .decay = in.decay ? in.decay + t * in.decay_step : &kOne,
          .beta = in.beta ? in.beta[t * in.gate_step] : kOne,
          .decay_column = in.decay && in.decay_per_key ? 1 : 0};
}

/// N blocks of columns from `from` to `to` (both at the first of them), one token.
template <TokenRule Rule, class T, int N>
TAILOR_INLINE void step(const TokenInputs& in, const Token& x, const float* from, float* to,
                        float* output, int64_t column) {
  T read[N] = {}, write[N], sum[N] = {}, s;
  if constexpr (Rule != TokenRule::linear) {
    const float* by = Rule == TokenRule::delta ? x.k : x.a;
    for (int64_t i = 0; i < in.keys; ++i) {
      for (int n = 0; n < N; ++n) {
        load(s, from + i * in.values + n * lanes<T>);
        read[n] += by[i] * s;
      }
    }
  }
  for (int n = 0; n < N; ++n) {
    load(write[n], x.v + column + n * lanes<T>);
    if constexpr (Rule == TokenRule::delta) {
      write[n] = x.beta * (write[n] - x.decay[0] * read[n]);
    }
  }
  for (int64_t i = 0; i < in.keys; ++i) {
    const float decay = x.decay[i * x.decay_column], key = x.k[i], query = x.q[i];
    for (int n = 0; n < N; ++n) {
      load(s, from + i * in.values + n * lanes<T>);
      s = decay * s + key * write[n];
      if constexpr (Rule == TokenRule::dplr) s += x.b[i] * read[n];
      store(to + i * in.values + n * lanes<T>, s);
      sum[n] += query * s;
    }
  }
  for (int n = 0; n < N; ++n) store(output + column + n * lanes<T>, sum[n]);
}

template <TokenRule Rule, class T, int N>
TAILOR_INLINE void columns(const TokenInputs& in, const float* state, float* next, float* output,
                           int64_t column) {
  for (int64_t t = 0; t < in.tokens; ++t) {
    step<Rule, T, N>(in, token_at(in, t), (t == 0 ? state : next) + column, next + column,
                     output + t * in.value_step, column);
  }
}

template <TokenRule Rule>
TAILOR_INLINE void run(const TokenInputs& in, const float* state, float* next, float* output) {
  int64_t c = 0;
  for (; c + 64 <= in.values; c += 64) columns<Rule, Vec16, 4>(in, state, next, output, c);
  for (; c + 16 <= in.values; c += 16) columns<Rule, Vec16, 1>(in, state, next, output, c);
  for (; c + 8 <= in.values; c += 8) columns<Rule, Vec8, 1>(in, state, next, output, c);
  for (; c < in.values; ++c) columns<Rule, float, 1>(in, state, next, output, c);
}

}  // namespace

TAILOR_CLONES
void run_tokens(TokenRule rule, const TokenInputs& in, const float* state, float* next,
                float* output) {
  switch (rule) {
    case TokenRule::linear:
      return run<TokenRule::linear>(in, state, next, output);
    case TokenRule::delta:
      return run<TokenRule::delta>(in, state, next, output);
    case TokenRule::dplr:
      return run<TokenRule::dplr>(in, state, next, output);
  }
}

}  // namespace tailor::cpu
