// AddressSanitizer's library for programs with 39 bits of addresses, as in User-mode Linux: the real one wants 47 and ends there.
//
// Stacks are checked as ever, because programs do that themselves in the shadow that is mapped here; the heap and globals are not.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

/// A byte of shadow for eight of memory, at an address that is compiled into the programs.
constexpr std::uintptr_t kShadow = 0x7fff8000;
constexpr std::uintptr_t kEndOfMemory = std::uintptr_t{1} << 39;

std::uintptr_t shadow_of(std::uintptr_t address) { return kShadow + (address >> 3); }

void allow(std::uintptr_t begin, std::uintptr_t end) {
  if (begin >= end) return;
  std::memset(reinterpret_cast<void*>(shadow_of(begin)), 0, shadow_of(end + 7) - shadow_of(begin));
}

[[noreturn]] void give_up(const char* text) {
  const auto said = ::write(STDERR_FILENO, text, std::strlen(text));
  static_cast<void>(said);
  std::abort();
}

struct Stack {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

Stack stack_of_this_thread() {
  Stack stack;
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return stack;
  void* begin = nullptr;
  std::size_t size = 0;
  ::pthread_attr_getstack(&attributes, &begin, &size);
  ::pthread_attr_destroy(&attributes);
  stack.begin = reinterpret_cast<std::uintptr_t>(begin);
  stack.end = stack.begin + size;
  return stack;
}

}  // namespace

// What g++ calls, with the names that it has for them.
extern "C" {

int __asan_option_detect_stack_use_after_return = 0;

void __asan_init() {
  static bool done = false;
  if (done) return;
  done = true;
  void* const wanted = reinterpret_cast<void*>(kShadow);
  const int how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
  if (::mmap(wanted, kEndOfMemory >> 3, PROT_READ | PROT_WRITE, how, -1, 0) != wanted) {
    give_up("small_asan: there is no room for the shadow\n");
  }
}

// An exception, or what is like one: nobody cleans up behind the frames that are left.
void __asan_handle_no_return() {
  static thread_local const Stack stack = stack_of_this_thread();
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (here >= stack.begin && here < stack.end) allow(here & ~std::uintptr_t{7}, stack.end);
}

void __asan_unpoison_stack_memory(std::uintptr_t begin, std::size_t size) { allow(begin, begin + size); }
void __asan_allocas_unpoison(std::uintptr_t begin, std::uintptr_t end) {
  if (begin != 0) allow(begin, end);
}

void __asan_version_mismatch_check_v8() {}
void __asan_register_globals(void* /*globals*/, std::size_t /*count*/) {}
void __asan_unregister_globals(void* /*globals*/, std::size_t /*count*/) {}
void __asan_before_dynamic_init(const char* /*module*/) {}
void __asan_after_dynamic_init() {}
void __asan_poison_stack_memory(std::uintptr_t /*begin*/, std::size_t /*size*/) {}
void __asan_alloca_poison(std::uintptr_t /*begin*/, std::size_t /*size*/) {}

#define REPORT(access) \
  void __asan_report_##access() { give_up("small_asan: " #access " outside of a variable\n"); }
REPORT(load1) REPORT(load2) REPORT(load4) REPORT(load8) REPORT(load16) REPORT(load_n)
REPORT(store1) REPORT(store2) REPORT(store4) REPORT(store8) REPORT(store16) REPORT(store_n)

// Only asked for to find uses after a return.
#define STACK(size_class)                                                              \
  void* __asan_stack_malloc_##size_class(std::size_t /*size*/) { return nullptr; }     \
  void __asan_stack_free_##size_class(std::uintptr_t /*begin*/, std::size_t /*size*/) {}
STACK(0) STACK(1) STACK(2) STACK(3) STACK(4) STACK(5) STACK(6) STACK(7) STACK(8) STACK(9) STACK(10)

}  // extern "C"
