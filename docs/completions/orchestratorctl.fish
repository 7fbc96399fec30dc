# fish completion for orchestratorctl; jobs are asked from the daemon

# Whether the command is one of these; without any: whether there is none yet.
function __orchestratorctl_in
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; and continue
        contains -- $word $argv
        return
    end
    test (count $argv) -eq 0
end

function __orchestratorctl_jobs
    set -l bus
    contains -- --user (commandline -opc); and set bus --user
    orchestratorctl $bus list 2>/dev/null | string replace --regex '\s.*' '' | tail -n +2
end

complete -c orchestratorctl -f
complete -c orchestratorctl -l user -d 'the daemon of your session'
complete -c orchestratorctl -l system -d 'the daemon of the machine, which is the default'
complete -c orchestratorctl -l json -d 'JSON on stdout'
complete -c orchestratorctl -l no-pager -d 'accepted; there is no pager'
complete -c orchestratorctl -s h -l help -d 'show the options'

complete -c orchestratorctl -n __orchestratorctl_in -a run -d 'run a job, show how it goes, wait for its end'
complete -c orchestratorctl -n __orchestratorctl_in -a cancel -d 'end a run, and wait until nothing of it is left'
complete -c orchestratorctl -n __orchestratorctl_in -a wait -d 'wait for the end of a run; its exit code'
complete -c orchestratorctl -n __orchestratorctl_in -a status -d 'what is going on, or how a run stands'
complete -c orchestratorctl -n __orchestratorctl_in -a list -d 'the jobs'
complete -c orchestratorctl -n __orchestratorctl_in -a runs -d 'the newest runs, of one job or of all'
complete -c orchestratorctl -n __orchestratorctl_in -a show -d 'what a run did, and why it failed'
complete -c orchestratorctl -n __orchestratorctl_in -a logs -d 'the log of a run'
complete -c orchestratorctl -n __orchestratorctl_in -a last -d 'is the last run of a job good and recent, for monitoring'
complete -c orchestratorctl -n __orchestratorctl_in -a tasks -d 'every task of the daemon'
complete -c orchestratorctl -n __orchestratorctl_in -a reconcile -d 'end what dead runs left, on one or all hosts'
complete -c orchestratorctl -n __orchestratorctl_in -a timers -d 'when jobs start by themselves'
complete -c orchestratorctl -n __orchestratorctl_in -a check -d 'check the configuration, or a file'
complete -c orchestratorctl -n __orchestratorctl_in -a reload -d 'make the daemon read its configuration again'
complete -c orchestratorctl -n __orchestratorctl_in -a version -d 'of this program and of the daemon'

complete -c orchestratorctl -n '__orchestratorctl_in run cancel wait status runs show logs last' -a '(__orchestratorctl_jobs)'
complete -c orchestratorctl -n '__orchestratorctl_in check timers' -F
complete -c orchestratorctl -n '__orchestratorctl_in timers' -l cron -d 'as lines of a crontab, for machines without systemd'
complete -c orchestratorctl -n '__orchestratorctl_in run' -l wait -d 'until it has ended, which is the default'
complete -c orchestratorctl -n '__orchestratorctl_in run' -l no-wait -d 'print the run\'s id alone, and return'
complete -c orchestratorctl -n '__orchestratorctl_in run' -s f -l follow -d 'show the run\'s log too'
complete -c orchestratorctl -n '__orchestratorctl_in run' -l dry-run -d 'validate, show commands, hosts and paths, change nothing'
complete -c orchestratorctl -n '__orchestratorctl_in run' -l strict -d 'warnings make the exit code 1'
complete -c orchestratorctl -n '__orchestratorctl_in run' -s q -l quiet -d 'no progress; silent on success, failures on stderr'
complete -c orchestratorctl -n '__orchestratorctl_in run' -l timeout -x -d 'cancel after this time: 30s, 2h'
complete -c orchestratorctl -n '__orchestratorctl_in run' -l concurrency -x -d 'items at once, 1 to 1000'
complete -c orchestratorctl -n '__orchestratorctl_in cancel' -l kill -d 'without grace'
complete -c orchestratorctl -n '__orchestratorctl_in cancel' -l no-wait -d 'do not wait for its end'
complete -c orchestratorctl -n '__orchestratorctl_in runs' -s n -l limit -x -d 'how many, 1 to 1000'
complete -c orchestratorctl -n '__orchestratorctl_in logs' -s f -l follow -d 'until the run has ended'
complete -c orchestratorctl -n '__orchestratorctl_in last' -l max-age -x -d 'the last success may be this old'
