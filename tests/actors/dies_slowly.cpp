// Says "ready" when it has so much memory that the kernel needs some time to take it back.
#include <csignal>
#include <cstddef>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

int main() {
  constexpr std::size_t kSize = std::size_t{256} << 20;
  void* memory = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  std::memset(memory, 1, kSize);
  if (::write(STDOUT_FILENO, "ready\n", 6) < 0) return 1;
  for (;;) ::pause();
}
