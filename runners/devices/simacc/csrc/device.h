// The devices: how many, which is current, their streams and events, and torch's guard for them.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/util/Exception.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>

namespace simacc {

constexpr auto kType = c10::DeviceType::PrivateUse1;
constexpr int kMost = 16;

inline int64_t number(const char* variable, int64_t otherwise, int64_t least, int64_t most) {
  const char* text = std::getenv(variable);
  if (!text || !*text) return otherwise;
  char* end = nullptr;
  const int64_t value = std::strtoll(text, &end, 10);
  TORCH_CHECK(*end == '\0' && least <= value && value <= most, variable, "=", text,
              " is no number from ", least, " to ", most);
  return value;
}

inline c10::DeviceIndex count() {
  static const auto there = static_cast<c10::DeviceIndex>(number("SIMACC_DEVICES", 2, 1, kMost));
  return there;
}

inline c10::DeviceIndex& current() {
  thread_local c10::DeviceIndex index = 0;
  return index;
}

inline c10::DeviceIndex resolved(c10::DeviceIndex index) {
  return index < 0 ? current() : index;
}

inline void set_current(c10::DeviceIndex index) {
  TORCH_CHECK(0 <= index && index < count(), "simacc:", int(index), " is not there; there are ",
              int(count()), " devices");
  current() = index;
}

inline c10::StreamId& current_stream(c10::DeviceIndex index) {
  thread_local std::array<c10::StreamId, kMost> streams{};
  return streams.at(resolved(index));
}

struct Event {
  std::chrono::steady_clock::time_point time;
};

// Work is done when the call that asks for it returns. So a stream is a name for an order that
// holds anyway, waiting is over at once, and a forgotten `synchronize` can never be seen here.
struct Guard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kType; }
  c10::DeviceIndex deviceCount() const noexcept override { return count(); }
  c10::Device getDevice() const override { return {kType, current()}; }
  c10::Device exchangeDevice(c10::Device device) const override {
    const auto before = getDevice();
    setDevice(device);
    return before;
  }
  void setDevice(c10::Device device) const override { set_current(resolved(device.index())); }
  void uncheckedSetDevice(c10::Device device) const noexcept override {
    current() = resolved(device.index());
  }

  c10::Stream getStream(c10::Device device) const override {
    return named(device, current_stream(device.index()));
  }
  c10::Stream getDefaultStream(c10::Device device) const override { return named(device, 0); }
  c10::Stream getStreamFromGlobalPool(c10::Device device, bool) const override {
    return getNewStream(device, 0);
  }
  c10::Stream getNewStream(c10::Device device, int) const override {
    static std::atomic<c10::StreamId> last{0};
    return named(device, ++last);
  }
  c10::Stream exchangeStream(c10::Stream stream) const override {
    const auto before = getStream(stream.device());
    current_stream(stream.device_index()) = stream.id();
    return before;
  }
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override {}
  void synchronizeDevice(const c10::DeviceIndex) const override {}

  void record(void** event, const c10::Stream&, const c10::DeviceIndex,
              const c10::EventFlag) const override {
    if (!*event) *event = new Event();
    static_cast<Event*>(*event)->time = std::chrono::steady_clock::now();
  }
  void destroyEvent(void* event, const c10::DeviceIndex) const noexcept override {
    delete static_cast<Event*>(event);
  }
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  void synchronizeEvent(void*) const override {}
  double elapsedTime(void* first, void* second, const c10::DeviceIndex) const override {
    TORCH_CHECK(first && second, "both events must have been recorded");
    const std::chrono::duration<double, std::milli> between =
        static_cast<Event*>(second)->time - static_cast<Event*>(first)->time;
    return between.count();
  }
  c10::DeviceCapability getDeviceCapability(c10::Device) const override { return {}; }

 private:
  static c10::Stream named(c10::Device device, c10::StreamId id) {
    return c10::Stream(c10::Stream::UNSAFE, {kType, resolved(device.index())}, id);
  }
};

}  // namespace simacc
