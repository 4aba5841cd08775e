// The memory of the devices: each has a capacity, and torch.OutOfMemoryError beyond it.
#pragma once

#include <c10/core/CachingDeviceAllocator.h>

#include <cstring>
#include <mutex>

#include "device.h"

namespace simacc {

inline size_t capacity() {
  static const auto bytes =
      static_cast<size_t>(number("SIMACC_MEMORY", int64_t(8) << 30, 1, int64_t(1) << 50));
  return bytes;
}

struct Block {
  void* data;
  size_t bytes;
  c10::DeviceIndex device;
};

// Nothing is cached: what is freed is free, so what is reserved is what is allocated.
struct Memory final : c10::DeviceAllocator {
  c10::DataPtr allocate(size_t bytes) override {
    const auto device = current();
    const c10::Device place(kType, device);
    if (bytes == 0) return {nullptr, nullptr, &released, place};
    take(device, bytes);
    void* data = nullptr;
    if (posix_memalign(&data, 64, bytes) != 0) {
      give_back(device, bytes);
      TORCH_CHECK_WITH(OutOfMemoryError, false, "the machine behind simacc:", int(device),
                       " has no ", bytes, " bytes left");
    }
    std::memset(data, 0xff, bytes);  // NaN, so that whoever reads what nobody wrote is seen
    return {data, new Block{data, bytes, device}, &released, place};
  }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

  bool initialized() override { return true; }
  void emptyCache(c10::MempoolId_t) override {}
  void recordStream(const c10::DataPtr&, c10::Stream) override {}
  c10::CachingDeviceAllocator::DeviceStats getDeviceStats(c10::DeviceIndex device) override {
    const std::lock_guard<std::mutex> held(mutex_);
    return stats_.at(resolved(device));
  }
  void resetAccumulatedStats(c10::DeviceIndex device) override {
    each(device, [](c10::CachingAllocator::Stat& stat) { stat.reset_accumulated(); });
  }
  void resetPeakStats(c10::DeviceIndex device) override {
    each(device, [](c10::CachingAllocator::Stat& stat) { stat.reset_peak(); });
  }
  std::pair<size_t, size_t> getMemoryInfo(c10::DeviceIndex device) override {
    const std::lock_guard<std::mutex> held(mutex_);
    return {capacity() - used_.at(resolved(device)), capacity()};
  }

 private:
  std::mutex mutex_;
  std::array<size_t, kMost> used_{};
  std::array<c10::CachingDeviceAllocator::DeviceStats, kMost> stats_{};

  static void released(void* block);

  void take(c10::DeviceIndex device, size_t bytes) {
    const std::lock_guard<std::mutex> held(mutex_);
    auto& stats = stats_.at(device);
    const size_t left = capacity() - used_.at(device);
    if (bytes > left) {
      ++stats.num_ooms;
      TORCH_CHECK_WITH(OutOfMemoryError, false, "simacc:", int(device), " is out of memory: ",
                       bytes, " bytes were asked for, ", left, " of ", capacity(), " are free");
    }
    used_.at(device) += bytes;
    changed(stats, [bytes](auto& stat) { stat.increase(bytes); }, [](auto& stat) { stat.increase(1); });
  }
  void give_back(c10::DeviceIndex device, size_t bytes) {
    const std::lock_guard<std::mutex> held(mutex_);
    used_.at(device) -= bytes;
    changed(stats_.at(device), [bytes](auto& stat) { stat.decrease(bytes); },
            [](auto& stat) { stat.decrease(1); });
  }
  template <typename Bytes, typename Blocks>
  static void changed(c10::CachingDeviceAllocator::DeviceStats& stats, Bytes bytes, Blocks blocks) {
    for (auto* one : {&stats.allocated_bytes, &stats.reserved_bytes, &stats.active_bytes,
                      &stats.requested_bytes})
      bytes((*one)[0]);
    for (auto* one : {&stats.allocation, &stats.segment, &stats.active}) blocks((*one)[0]);
  }
  template <typename Change>
  void each(c10::DeviceIndex device, Change change) {
    const std::lock_guard<std::mutex> held(mutex_);
    changed(stats_.at(resolved(device)), change, change);
  }
};

// Never destroyed: tensors outlive static objects.
inline Memory& memory() {
  static auto* const only = new Memory();
  return *only;
}

inline void Memory::released(void* block) {
  if (!block) return;
  auto* const gone = static_cast<Block*>(block);
  std::free(gone->data);
  memory().give_back(gone->device, gone->bytes);
  delete gone;
}

}  // namespace simacc
