// What torch asks of a backend as a whole: is it there, generators, pinned memory, resizing.
#pragma once

#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/DeviceGuard.h>

#include <mutex>
#include <unordered_set>

#include "memory.h"
#include "random.h"

namespace simacc {

// Ordinary memory of the host that is remembered: no device of ours reads it any faster.
struct Pinned final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) override {
    auto held = c10::GetCPUAllocator()->allocate(bytes);
    void* const data = held.get();
    const std::lock_guard<std::mutex> locked(mutex());
    known().insert(data);
    return {data, new c10::DataPtr(std::move(held)), &released, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }
  static bool is_known(const void* data) {
    const std::lock_guard<std::mutex> locked(mutex());
    return known().count(data) > 0;
  }

 private:
  static std::mutex& mutex() {
    static auto* const only = new std::mutex();
    return *only;
  }
  static std::unordered_set<const void*>& known() {
    static auto* const every = new std::unordered_set<const void*>();
    return *every;
  }
  static void released(void* held) {
    auto* const gone = static_cast<c10::DataPtr*>(held);
    {
      const std::lock_guard<std::mutex> locked(mutex());
      known().erase(gone->get());
    }
    delete gone;
  }
};

struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return count() > 0; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return count(); }
  void setCurrentDevice(c10::DeviceIndex index) const override { set_current(index); }
  c10::DeviceIndex getCurrentDevice() const override { return current(); }
  c10::DeviceIndex exchangeDevice(c10::DeviceIndex index) const override {
    const auto before = current();
    set_current(index);
    return before;
  }
  c10::DeviceIndex maybeExchangeDevice(c10::DeviceIndex index) const override {
    return index < 0 ? current() : exchangeDevice(index);
  }
  const at::Generator& getDefaultGenerator(c10::DeviceIndex index) const override {
    return default_generator(index);
  }
  at::Generator getNewGenerator(c10::DeviceIndex index) const override {
    return new_generator(resolved(index));
  }
  c10::Allocator* getPinnedMemoryAllocator() const override {
    static auto* const only = new Pinned();
    return only;
  }
  bool isPinnedPtr(const void* data) const override { return Pinned::is_known(data); }
  void resizePrivateUse1Bytes(const c10::Storage& storage, size_t bytes) const override {
    const c10::DeviceGuard guard(storage.device());
    auto fresh = memory().allocate(bytes);
    const size_t kept = std::min(bytes, storage.nbytes());
    if (kept) std::memcpy(fresh.get(), storage.data(), kept);
    storage.unsafeGetStorageImpl()->set_data_ptr_noswap(std::move(fresh));
    storage.unsafeGetStorageImpl()->set_nbytes(bytes);
  }
};

}  // namespace simacc
