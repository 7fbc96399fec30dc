#pragma once
#include <csignal>

namespace orchestrator {

/// Blocks every signal for the calling thread, and for the threads that it starts, while it lives: what arrives meanwhile
/// is for the loop. pthread_sigmask(3)
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace orchestrator
