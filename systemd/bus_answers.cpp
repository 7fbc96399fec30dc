#include "systemd/bus_answers.hpp"

#include "orchestrator/config/error.hpp"
#include "systemd/requests.hpp"

namespace orchestrator {

namespace {

std::string error_name(const std::string& last) { return "org.orchestratord.Orchestrator1.Error." + last; }

std::string name_of(RefusalKind kind) {
  switch (kind) {
    case RefusalKind::NoSuchJob: return error_name("NoSuchJob");
    case RefusalKind::NoSuchRun: return error_name("NoSuchRun");
    case RefusalKind::Busy: return error_name("Busy");
    case RefusalKind::QueueFull: return error_name("QueueFull");
    case RefusalKind::InvalidArgument: return error_name("InvalidArgument");
    case RefusalKind::Stopping: return error_name("Stopping");
  }
  return error_name("Failed");
}

std::string with_remedy(const Error& error) {
  return error.remedy().empty() ? error.what() : std::string(error.what()) + "\n" + error.remedy();
}

std::string all_mistakes(const ConfigErrors& errors) {
  std::string text;
  for (const ConfigError& error : errors.errors()) text += (text.empty() ? "" : "\n") + to_string(error);
  return text;
}

}  // namespace

sdbus::Error bus_error(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Refused& error) {
    return bus::make_error(name_of(error.kind()), with_remedy(error));
  } catch (const NotAuthorized& error) {
    return bus::make_error(error_name("NotAuthorized"), with_remedy(error));
  } catch (const ConfigErrors& errors) {
    return bus::make_error(error_name("Configuration"), all_mistakes(errors));
  } catch (const Error& error) {
    return bus::make_error(error_name("Failed"), with_remedy(error));
  } catch (const sdbus::Error& error) {
    return error;
  } catch (const Cancelled&) {
    return bus::make_error(error_name("Stopping"), "the daemon is stopping");
  } catch (const std::exception& error) {
    return bus::make_error(error_name("Failed"), error.what());
  }
}

void BusAnswers::begin(std::string sender, Work work, Fail fail) {
  if (calls_.running() > kMostCalls) {
    fail(bus::make_error("org.freedesktop.DBus.Error.LimitsExceeded", "too many calls at once"));
    return;
  }
  calls_.spawn("call of " + sender, [this, sender, work = std::move(work), fail = std::move(fail)]() -> awaitable<void> {
    return run(sender, work, fail);
  });
}

awaitable<void> BusAnswers::run(std::string sender, Work work, Fail fail) {
  std::exception_ptr error;
  try {
    Caller caller = co_await authority_.who_is(std::move(sender));
    co_await work(std::move(caller));
  } catch (...) {
    error = std::current_exception();
  }
  try {
    if (error) fail(bus_error(error));
  } catch (const sdbus::Error&) {
    // Nobody listens any more.
  }
  bus_.kick();
}

}  // namespace orchestrator
