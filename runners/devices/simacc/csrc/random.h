// A generator for each device. Numbers are drawn by the CPU's kernels, from a state of its own.
#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Generator.h>

#include <vector>

#include "device.h"

namespace simacc {

struct Generator final : c10::GeneratorImpl {
  explicit Generator(c10::DeviceIndex index, at::Generator on_host)
      : c10::GeneratorImpl({kType, index}, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1)),
        host(std::move(on_host)) {}

  void set_current_seed(uint64_t seed) override { host.set_current_seed(seed); }
  uint64_t current_seed() const override { return host.current_seed(); }
  uint64_t seed() override { return impl()->seed(); }
  void set_offset(uint64_t offset) override { impl()->set_offset(offset); }
  uint64_t get_offset() const override { return impl()->get_offset(); }
  void set_state(const c10::TensorImpl& state) override { impl()->set_state(state); }
  c10::intrusive_ptr<c10::TensorImpl> get_state() const override { return impl()->get_state(); }

  at::Generator host;

 private:
  c10::GeneratorImpl* impl() const { return host.unsafeGetGeneratorImpl(); }
  Generator* clone_impl() const override { return new Generator(device_.index(), host.clone()); }
};

inline at::Generator new_generator(c10::DeviceIndex index) {
  return at::make_generator<Generator>(index, at::detail::createCPUGenerator());
}

inline at::Generator& default_generator(c10::DeviceIndex index) {
  static auto* const every = [] {
    auto* made = new std::vector<at::Generator>();
    for (c10::DeviceIndex one = 0; one < count(); ++one) made->push_back(new_generator(one));
    return made;
  }();
  return every->at(resolved(index));
}

inline at::Generator& host_of(const at::Generator& generator) {
  return static_cast<Generator*>(generator.unsafeGetGeneratorImpl())->host;
}

}  // namespace simacc
