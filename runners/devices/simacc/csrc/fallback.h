// Every operator that has no kernel here is computed by the CPU's, on copies, and counted.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/native/CPUFallback.h>

#include <map>
#include <mutex>

#include "faults.h"
#include "random.h"

namespace simacc {

struct Counts {
  std::mutex mutex;
  std::map<std::string, int64_t> by_name;
};

inline Counts& counts() {
  static auto* const only = new Counts();
  return *only;
}

inline void counted(const std::string& name) {
  const std::lock_guard<std::mutex> held(counts().mutex);
  ++counts().by_name[name];
}

// A tensor of the CPU over the same memory, which the CPU can read because nothing here is real.
inline at::Tensor host(const at::Tensor& tensor) {
  if (!tensor.device().is_privateuseone()) return tensor;
  const auto options = tensor.options().device(at::kCPU).requires_grad(false);
  const auto over = [&](void* data) {
    return at::from_blob(data, tensor.sizes(), tensor.strides(), options);
  };
  const size_t offset = tensor.storage_offset() * tensor.itemsize();
  auto* const base = static_cast<char*>(tensor.storage().mutable_data());
  auto found = base ? over(base + offset) : at::empty_strided(tensor.sizes(), tensor.strides(), options);
  if (tensor.is_conj()) found = found.conj();
  if (tensor.is_neg()) found = at::_neg_view(found);
  return found;
}

inline std::optional<at::Tensor> host(const std::optional<at::Tensor>& tensor) {
  return tensor && tensor->defined() ? std::optional(host(*tensor)) : std::nullopt;
}

inline void spoil(const at::Tensor& tensor) {
  if (!tensor.defined() || !tensor.device().is_privateuseone()) return;
  const at::NoGradGuard silent;
  auto answer = host(tensor);
  if (answer.scalar_type() == at::kBool)
    answer.logical_not_();
  else
    answer.add_(1);
}

inline void spoil(const c10::IValue& value) {
  if (value.isTensor()) spoil(value.toTensor());
  if (value.isTensorList())
    for (const at::Tensor& one : value.toTensorVector()) spoil(one);
}

inline c10::DeviceIndex device_among(const torch::jit::Stack& stack) {
  for (const auto& value : stack)
    if (value.isTensor() && value.toTensor().defined() &&
        value.toTensor().device().is_privateuseone())
      return value.toTensor().device().index();
  return current();
}

// Hands over the state of the device's generator where a kernel of the CPU draws by its default.
class Lent {
 public:
  explicit Lent(at::Generator device) : device_(std::move(device)), kept_(host_default().get_state()) {
    host_default().set_state(host_of(device_).get_state());
  }
  ~Lent() {
    host_of(device_).set_state(host_default().get_state());
    host_default().set_state(kept_);
  }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;

 private:
  static at::Generator host_default() { return at::detail::getDefaultCPUGenerator(); }
  at::Generator device_;
  at::Tensor kept_;
};

inline bool is_for_generator(const c10::Argument& argument) {
  const auto type = argument.type();
  if (type->kind() == c10::TypeKind::OptionalType)
    return type->castRaw<c10::OptionalType>()->getElementType()->kind() ==
           c10::TypeKind::GeneratorType;
  return type->kind() == c10::TypeKind::GeneratorType;
}

// Puts a generator of the CPU where one of ours, or none, was given; whether it takes one at all.
inline bool with_host_generator(const c10::FunctionSchema& schema, torch::jit::Stack& stack) {
  const auto& arguments = schema.arguments();
  const auto device = device_among(stack);
  const size_t first = stack.size() - arguments.size();
  bool found = false;
  for (size_t at = 0; at < arguments.size(); ++at) {
    if (!is_for_generator(arguments[at])) continue;
    found = true;
    auto& value = stack[first + at];
    if (value.isNone())
      value = host_of(default_generator(device));
    else if (value.toGenerator().device().is_privateuseone())
      value = host_of(value.toGenerator());
  }
  return found;
}

inline void fallback(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const auto& name = op.operator_name().name;
  counted(name);
  suffer(name);
  const auto device = device_among(*stack);
  const bool draws = with_host_generator(op.schema(), *stack);
  if (!draws && op.hasTag(at::Tag::nondeterministic_seeded)) {
    const Lent lent(default_generator(device));
    at::native::cpu_fallback(op, stack);
  } else {
    at::native::cpu_fallback(op, stack);
  }
  if (fault_of(name) == Fault::Wrong)
    for (const auto& value : torch::jit::last(*stack, op.schema().returns().size())) spoil(value);
}

}  // namespace simacc
