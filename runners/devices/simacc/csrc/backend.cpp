// Registers everything with torch, and tells Python about devices, generators and counts.

#include <ATen/autocast_mode.h>
#include <torch/library.h>

#include "hooks.h"
#include "kernels.h"
#include "recurrent.h"

namespace simacc {
namespace {

C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard);

const bool registered = [] {
  faults();
  c10::SetAllocator(kType, &memory());
  at::RegisterPrivateUse1HooksInterface(new Hooks());
  return true;
}();

}  // namespace

TORCH_LIBRARY_IMPL(_, PrivateUse1, m) {
  m.fallback(torch::CppFunction::makeFromBoxedFunction<&fallback>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("empty.memory_format", empty);
  m.impl("empty_strided", empty_strided);
  m.impl("as_strided", at::native::as_strided_tensorimpl);
  m.impl("view", at::native::view);
  m.impl("_reshape_alias", at::native::_reshape_alias);
  m.impl("unfold", at::native::unfold);
  m.impl("view_as_real", at::native::view_as_real);
  m.impl("view_as_complex", at::native::view_as_complex);
  m.impl("is_set_to", at::native::is_set_to);
  m.impl("resize_", resize_);
  m.impl("set_.source_Storage", static_cast<at::Tensor& (*)(at::Tensor&, at::Storage)>(at::native::set_));
  m.impl("set_.source_Storage_storage_offset", at::native::set_storage_cpu_);
  m.impl("set_.source_Tensor", at::native::set_tensor_);
  m.impl("set_", set_);
  m.impl("_copy_from", copy_from);
  m.impl("_copy_from_and_resize", copy_from_and_resize);
  m.impl("_local_scalar_dense", local_scalar_dense);
  m.impl("record_stream", record_stream);
  m.impl("convolution_overrideable", convolution);
  m.impl("convolution_backward_overrideable", convolution_backward);
  m.impl("native_batch_norm", batch_norm);
  m.impl("histc", histc);
  m.impl("_thnn_fused_lstm_cell", lstm_cell);
  m.impl("_thnn_fused_lstm_cell_backward_impl", lstm_cell_backward);
  m.impl("_thnn_fused_gru_cell", gru_cell);
  m.impl("_thnn_fused_gru_cell_backward", gru_cell_backward);
}

// `_copy_from` resolves these bits itself. Without this torch would, by a copy, and so for ever.
TORCH_LIBRARY_IMPL(aten, Conjugate, m) {
  m.impl("_copy_from", torch::CppFunction::makeFallthrough());
}
TORCH_LIBRARY_IMPL(aten, Negative, m) {
  m.impl("_copy_from", torch::CppFunction::makeFallthrough());
}

// Autocast takes the same operators down and up as on other accelerators.
TORCH_LIBRARY_IMPL(_, AutocastPrivateUse1, m) {
  m.fallback(torch::CppFunction::makeFallthrough());
}
#define LOWER(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, lower_precision_fp)
#define FLOAT32(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, fp32)
#define PROMOTE(...) KERNEL_PRIVATEUSEONE(__VA_ARGS__, promote)
TORCH_LIBRARY_IMPL(aten, AutocastPrivateUse1, m) {
  AT_FORALL_LOWER_PRECISION_FP(LOWER)
  AT_FORALL_FP32(FLOAT32)
  AT_FORALL_PROMOTE(PROMOTE)
}

TORCH_LIBRARY(simacc, m) {
  m.def("device_count() -> int", []() -> int64_t { return count(); });
  m.def("current_device() -> int", []() -> int64_t { return current(); });
  m.def("set_device(int index) -> ()", [](int64_t index) { set_current(index); });
  m.def("memory_info(int index) -> (int, int)", [](int64_t index) {
    const auto [free, total] = memory().getMemoryInfo(index);
    return std::make_tuple(int64_t(free), int64_t(total));
  });
  m.def("manual_seed(int index, int seed) -> ()", [](int64_t index, int64_t seed) {
    default_generator(index).set_current_seed(seed);
  });
  m.def("get_rng_state(int index) -> Tensor", [](int64_t index) { return default_generator(index).get_state(); });
  m.def("set_rng_state(int index, Tensor state) -> ()", [](int64_t index, const at::Tensor& state) {
    default_generator(index).set_state(state);
  });
  m.def("initial_seed(int index) -> int", [](int64_t index) -> int64_t {
    return static_cast<int64_t>(default_generator(index).current_seed());
  });
  m.def("fallbacks() -> Dict(str, int)", [] {
    const std::lock_guard<std::mutex> held(counts().mutex);
    c10::Dict<std::string, int64_t> told;
    for (const auto& [name, times] : counts().by_name) told.insert(name, times);
    return told;
  });
}

}  // namespace simacc
