// Examples for the coroutine lint. A line ending in "// bad: NAME" must be found under that name, no
// other line may be. All of the bad ones were seen to run wrong, or to be refused, with g++ 12.2,
// apart from plain aggregates without owning members, which the rule forbids for its simplicity.
#include <coroutine>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

template <class T>
struct Promise;

template <class T>
struct Task {
  using promise_type = Promise<T>;
  explicit operator bool() const;
  bool await_ready();
  void await_suspend(std::coroutine_handle<> waiter);
  T await_resume();
};

template <class T>
struct Promise {
  Task<T> get_return_object();
  std::suspend_never initial_suspend();
  std::suspend_never final_suspend() noexcept;
  void unhandled_exception();
  void return_value(T value);
};

struct Owner {
  Owner(std::string text = "");
  std::string text;
};

struct Options {
  std::string name;
  int count = 0;
};

Task<int> one();
Task<std::string> text();
Task<int> take(Owner owner);
Task<int> take_options(Options options);
Task<int> take_reference(const Options& options);
Task<int> take_list(std::vector<std::string> arguments);
Task<int> take_function(std::function<int()> function);
Task<int> with_braced_default(int count, Options options = {});  // bad: aggregate
Task<int> with_listed_default(int count, std::vector<std::string> v = {"a"});  // bad: list
Task<int> with_made_default(int count, Owner owner = Owner("a"));
template <class F>
Task<int> call(F function) {
  co_return function() ? 1 : 2;
}
template <class F>
Task<int> call_coroutine(F function) {
  co_return co_await function();
}
template <class F>
int run(F function) {
  return function() ? 1 : 2;
}

struct Holder {
  explicit Holder(std::string name, Options options = {});  // bad: aggregate
  int size();
};

Task<int> lambdas(std::shared_ptr<int> owned) {
  co_await call([owned] { return *owned; });                      // bad: lambda
  co_await take_function([owned] { return *owned; });             // bad: lambda
  co_await call_coroutine([owned]() -> Task<int> { co_return *owned; });  // bad: lambda
  co_await [owned]() -> Task<int> { co_return *owned; }();        // bad: lambda
  int local = 0;
  co_await call([&local] { return local; });
  co_await call([] { return 1; });
  auto named = [owned] { return *owned; };
  co_await call(std::move(named));
  co_return run([owned] { return *owned; });
}

Task<int> aggregates() {
  co_await take_options(Options{"a", 1});          // bad: aggregate
  co_await take_options({.name = "a"});            // bad: aggregate
  co_await take_options({});                       // bad: aggregate
  co_await take_reference(Options{"a", 1});        // bad: aggregate
  Options filled{co_await text(), 1};              // bad: aggregate
  Options named{"a", 1};
  co_await take_options(named);
  co_await take_options(Options());
  co_return co_await take_options(std::move(filled));
}

Task<int> lists() {
  co_await take_list({"a", "b"});                           // bad: list
  co_await take_list(std::vector<std::string>{"a"});        // bad: list
  std::vector<int> numbers{co_await one(), 2};              // bad: list
  std::vector<std::string> named{"a", "b"};
  co_return co_await take_list(std::move(named));
}

Task<int> conditionals(bool which) {
  co_await (which ? one() : take(Owner("a")));                            // bad: conditional
  Owner either = which ? Owner(co_await text()) : Owner();                // bad: conditional
  std::string sum = co_await text() + (which ? std::string("a") : sum);   // bad: conditional
  int number = which ? co_await one() : 2;
  Owner without = which ? Owner("a") : either;
  co_return number + co_await take(without);
}

Task<int> defaults() {
  co_await with_braced_default(1);                 // bad: default
  co_await with_listed_default(1);                 // bad: default
  co_await with_made_default(1);
  int size = Holder(co_await text()).size();       // bad: default
  co_return size;
}

Task<int> throws() {
  if (co_await one() == 1) throw std::runtime_error(co_await text());  // bad: throw
  std::string reason = co_await text();
  throw std::runtime_error(reason);
}

Task<int> outer() {
  // What stands in a lambda's body belongs to the expressions of that body.
  int result = run([]() -> Task<int> {
    Options named{"a", 1};
    std::vector<std::string> list{"a", "b"};
    co_await take_list(list);
    co_await take_options({.name = "b"});  // bad: aggregate
    co_return co_await take_options(named);
  });
  co_await call([]() -> Task<int> {
    Options named{"a", 1};
    co_return co_await take_options(named);
  });
  co_return result + co_await take(Owner("a"));
}
