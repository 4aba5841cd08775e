// The fused cells of LSTM and GRU, which torch asks of an accelerator and the CPU does not have.
#pragma once

#include <ATen/OpMathType.h>

#include <tuple>

#include "fallback.h"

namespace simacc {

// A value on the host, in the type that sums are kept in.
inline at::Tensor wide(const at::Tensor& one) {
  return host(one).to(at::toOpMathType(one.scalar_type()));
}

inline at::Tensor wide(const std::optional<at::Tensor>& one, const at::Tensor& otherwise) {
  return one && one->defined() ? wide(*one) : at::zeros_like(otherwise);
}

inline at::Tensor narrow(const at::Tensor& answer, const at::Tensor& like) {
  return answer.to(like.scalar_type()).to(like.device());
}

inline at::Tensor with_bias(const at::Tensor& gates, const std::optional<at::Tensor>& bias) {
  return bias && bias->defined() ? wide(gates) + wide(*bias) : wide(gates);
}

using Three = std::tuple<at::Tensor, at::Tensor, at::Tensor>;
using Five = std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor>;

inline Three lstm_cell(const at::Tensor& input, const at::Tensor& hidden, const at::Tensor& cell,
                       const std::optional<at::Tensor>& input_bias,
                       const std::optional<at::Tensor>& hidden_bias) {
  counted("aten::_thnn_fused_lstm_cell");
  suffer("aten::_thnn_fused_lstm_cell");
  const auto gates = (with_bias(input, input_bias) + with_bias(hidden, hidden_bias)).chunk(4, 1);
  const auto in = gates[0].sigmoid(), forget = gates[1].sigmoid();
  const auto fresh = gates[2].tanh(), out = gates[3].sigmoid();
  const auto next = forget * wide(cell) + in * fresh;
  const auto answer = narrow(out * next.tanh(), cell);
  if (fault_of("aten::_thnn_fused_lstm_cell") == Fault::Wrong) spoil(answer);
  return {answer, narrow(next, cell), narrow(at::cat({in, forget, fresh, out}, 1), cell)};
}

inline Three lstm_cell_backward(const std::optional<at::Tensor>& to_hidden,
                                const std::optional<at::Tensor>& to_cell, const at::Tensor& before,
                                const at::Tensor& after, const at::Tensor& gates, bool has_bias) {
  counted("aten::_thnn_fused_lstm_cell_backward_impl");
  suffer("aten::_thnn_fused_lstm_cell_backward_impl");
  const auto cell = wide(before), bent = wide(after).tanh();
  const auto parts = wide(gates).chunk(4, 1);
  const auto &in = parts[0], &forget = parts[1], &fresh = parts[2], &out = parts[3];
  const auto hidden = wide(to_hidden, cell);
  const auto back = hidden * out * (1 - bent * bent) + wide(to_cell, cell);
  const auto to_gates = at::cat({back * fresh * in * (1 - in), back * cell * forget * (1 - forget),
                                 back * in * (1 - fresh * fresh), hidden * bent * out * (1 - out)}, 1);
  return {narrow(to_gates, before), narrow(back * forget, before),
          has_bias ? narrow(to_gates.sum(0), before) : at::Tensor()};
}

inline std::tuple<at::Tensor, at::Tensor> gru_cell(const at::Tensor& input, const at::Tensor& hidden,
                                                   const at::Tensor& state,
                                                   const std::optional<at::Tensor>& input_bias,
                                                   const std::optional<at::Tensor>& hidden_bias) {
  counted("aten::_thnn_fused_gru_cell");
  suffer("aten::_thnn_fused_gru_cell");
  const auto in = with_bias(input, input_bias).chunk(3, 1);
  const auto held = with_bias(hidden, hidden_bias).chunk(3, 1);
  const auto reset = (in[0] + held[0]).sigmoid(), keep = (in[1] + held[1]).sigmoid();
  const auto fresh = (in[2] + reset * held[2]).tanh(), before = wide(state);
  const auto answer = narrow(fresh + keep * (before - fresh), state);
  if (fault_of("aten::_thnn_fused_gru_cell") == Fault::Wrong) spoil(answer);
  return {answer, narrow(at::cat({reset, keep, fresh, before, held[2]}, 1), state)};
}

inline Five gru_cell_backward(const at::Tensor& to_state, const at::Tensor& workspace,
                              bool has_bias) {
  counted("aten::_thnn_fused_gru_cell_backward");
  suffer("aten::_thnn_fused_gru_cell_backward");
  const auto parts = wide(workspace).chunk(5, 1);
  const auto &reset = parts[0], &keep = parts[1], &fresh = parts[2];
  const auto back = wide(to_state);
  const auto to_keep = back * (parts[3] - fresh) * keep * (1 - keep);
  const auto to_fresh = back * (1 - keep) * (1 - fresh * fresh);
  const auto to_reset = to_fresh * parts[4] * reset * (1 - reset);
  const auto to_input = at::cat({to_reset, to_keep, to_fresh}, 1);
  const auto to_hidden = at::cat({to_reset, to_keep, to_fresh * reset}, 1);
  const auto bias = [&](const at::Tensor& one) {
    return has_bias ? narrow(one.sum(0), to_state) : at::Tensor();
  };
  return {narrow(to_input, to_state), narrow(to_hidden, to_state), narrow(back * keep, to_state),
          bias(to_input), bias(to_hidden)};
}

}  // namespace simacc
