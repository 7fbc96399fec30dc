#include "jobs/rsync_exit.hpp"

namespace orchestrator {

std::string_view rsync_exit_meaning(int code) noexcept {
  switch (code) {
    case 1:
      return "syntax or usage error";
    case 2:
      return "protocol incompatibility";
    case 3:
      return "errors selecting input/output files, directories";
    case 4:
      return "requested action not supported";
    case 5:
      return "error starting client-server protocol";
    case 6:
      return "daemon unable to append to log-file";
    case 10:
      return "error in socket I/O";
    case 11:
      return "error in file I/O";
    case 12:
      return "error in rsync protocol data stream";
    case 13:
      return "errors with program diagnostics";
    case 14:
      return "error in IPC code";
    case 15:
      return "sibling process crashed";
    case 16:
      return "sibling process was killed by a signal";
    case 19:
      return "received SIGUSR1";
    case 20:
      return "received SIGINT, SIGTERM, or SIGHUP";
    case 21:
      return "some error returned by waitpid()";
    case 22:
      return "error allocating core memory buffers";
    case kRsyncPartialTransfer:
      return "partial transfer due to error";
    case kRsyncVanishedFiles:
      return "partial transfer due to vanished source files";
    case kRsyncMaxDelete:
      return "the --max-delete limit stopped deletions";
    case 30:
      return "timeout in data send/receive";
    case 35:
      return "timeout waiting for daemon connection";
    case 124:
      return "remote shell failed";
    case 125:
      return "remote shell killed";
    case 126:
      return "remote command could not be run";
    case kRsyncCommandNotFound:
      return "remote command not found";
    case 255:
      return "connection to the remote end failed";
    default:
      return {};
  }
}

std::string rsync_exit_remedy(int code, const std::string& remote) {
  const std::string there = remote.empty() ? "this machine" : "'" + remote + "'";
  switch (code) {
    case 1:
      return "look at the job's 'args': rsync does not accept this combination of options";
    case 2:
    case 4:
    case 5:
      return remote.empty() ? "" : "compare 'rsync --version' here and on " + there;
    case 3:
      return "check that the paths exist and that the target is a directory";
    case 11:
      return "check for a full disk, quotas and permissions at the target";
    case 12:
    case 255:
      if (remote.empty()) return "";
      return "the other end stopped in the middle: check the connection to " + there +
             ", and there the disk space and the memory";
    case 22:
      return "rsync ran out of memory; sync fewer files at once";
    case kRsyncPartialTransfer:
      return "the other files were transferred; see the errors above for those that were not";
    case kRsyncMaxDelete:
      return "look at what would be deleted with --dry-run; raise 'max_delete' if that is right";
    case 30:
    case 10:
      return remote.empty() ? "" : "check the connection to " + there;
    case kRsyncCommandNotFound:
      return "install rsync on " + there + " (apt install rsync), in the login's PATH";
    default:
      return {};
  }
}

}  // namespace orchestrator
