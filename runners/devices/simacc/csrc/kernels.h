// The few operators that no fallback can do: making tensors, views, copies, convolutions, and what
// changes or takes something that its schema does not tell.
#pragma once

#include <ATen/EmptyTensor.h>
#include <ATen/NativeFunctions.h>
#include <c10/core/DeviceGuard.h>

#include <tuple>

#include "fallback.h"
#include "memory.h"

namespace simacc {

constexpr c10::DispatchKeySet kKeys(c10::DispatchKey::PrivateUse1);

inline c10::Device placed(std::optional<c10::Device> device) {
  return {kType, device ? resolved(device->index()) : current()};
}

inline at::Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> dtype,
                        std::optional<at::Layout>, std::optional<c10::Device> device,
                        std::optional<bool>, std::optional<at::MemoryFormat> format) {
  const c10::DeviceGuard guard(placed(device));
  return at::detail::empty_generic(size, &memory(), kKeys, c10::dtype_or_default(dtype), format);
}

inline at::Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride,
                                std::optional<at::ScalarType> dtype, std::optional<at::Layout>,
                                std::optional<c10::Device> device, std::optional<bool>) {
  const c10::DeviceGuard guard(placed(device));
  return at::detail::empty_strided_generic(size, stride, &memory(), kKeys,
                                           c10::dtype_or_default(dtype));
}

inline const at::Tensor& resize_(const at::Tensor& self, at::IntArrayRef size,
                                 std::optional<at::MemoryFormat> format) {
  const c10::DeviceGuard guard(self.device());
  return at::native::resize_(self, size, format);
}

inline at::Tensor& set_(at::Tensor& self) {
  const c10::DeviceGuard guard(self.device());
  const c10::Storage fresh(c10::Storage::use_byte_size_t(), 0, memory().allocate(0), &memory(), true);
  return at::native::set_storage_cpu_(self, fresh, 0, {0}, {});
}

inline at::Tensor copy_from(const at::Tensor& self, const at::Tensor& to, bool) {
  suffer("aten::_copy_from");
  host(to).copy_(host(self));
  if (fault_of("aten::_copy_from") == Fault::Wrong) spoil(to);
  return to;
}

inline at::Tensor copy_from_and_resize(const at::Tensor& self, const at::Tensor& to) {
  to.resize_(self.sizes());
  return copy_from(self, to, false);
}

inline at::Scalar local_scalar_dense(const at::Tensor& self) {
  return at::_local_scalar_dense(host(self));
}

inline void record_stream(at::Tensor&, c10::Stream) {}

inline at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight,
                              const std::optional<at::Tensor>& bias, at::IntArrayRef stride,
                              at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
                              at::IntArrayRef output_padding, int64_t groups) {
  counted("aten::convolution");
  suffer("aten::convolution");
  const auto answer =
      at::convolution(host(input), host(weight), host(bias), stride, padding, dilation, transposed,
                      output_padding, groups)
          .to(input.device());
  if (fault_of("aten::convolution") == Fault::Wrong) spoil(answer);
  return answer;
}

inline std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(
    const at::Tensor& gradient, const at::Tensor& input, const at::Tensor& weight,
    at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
    at::IntArrayRef output_padding, int64_t groups, std::array<bool, 3> wanted) {
  counted("aten::convolution_backward");
  suffer("aten::convolution_backward");
  const int64_t channels = transposed ? weight.size(1) * groups : weight.size(0);
  const auto there = [&](const at::Tensor& one) {
    return one.defined() ? one.to(input.device()) : one;
  };
  const auto [to_input, to_weight, to_bias] =
      at::convolution_backward(host(gradient), host(input), host(weight), {{channels}}, stride,
                               padding, dilation, transposed, output_padding, groups, wanted);
  const auto answer = std::make_tuple(there(to_input), there(to_weight), there(to_bias));
  if (fault_of("aten::convolution_backward") == Fault::Wrong) {
    spoil(std::get<0>(answer));
    spoil(std::get<1>(answer));
    spoil(std::get<2>(answer));
  }
  return answer;
}

// Moves the running statistics, which a fallback would move on its copies: no schema tells of it.
inline std::tuple<at::Tensor, at::Tensor, at::Tensor> batch_norm(
    const at::Tensor& input, const std::optional<at::Tensor>& weight,
    const std::optional<at::Tensor>& bias, const std::optional<at::Tensor>& mean,
    const std::optional<at::Tensor>& variance, bool training, double momentum, double eps) {
  counted("aten::native_batch_norm");
  suffer("aten::native_batch_norm");
  const auto [answer, kept_mean, kept_scale] =
      at::native_batch_norm(host(input), host(weight), host(bias), host(mean), host(variance),
                            training, momentum, eps);
  const auto there = answer.to(input.device());
  if (fault_of("aten::native_batch_norm") == Fault::Wrong) spoil(there);
  return {there, kept_mean.to(input.device()), kept_scale.to(input.device())};
}

// Takes whole numbers, too, as accelerators do and the CPU does not.
inline at::Tensor histc(const at::Tensor& self, int64_t bins, const at::Scalar& low,
                        const at::Scalar& high) {
  counted("aten::histc");
  suffer("aten::histc");
  const auto type = self.scalar_type();
  const bool whole = at::isIntegralType(type, /*includeBool=*/false);
  const auto given = whole ? host(self).to(at::kDouble) : host(self);
  const auto answer = at::histc(given, bins, low, high).to(type).to(self.device());
  if (fault_of("aten::histc") == Fault::Wrong) spoil(answer);
  return answer;
}

}  // namespace simacc
