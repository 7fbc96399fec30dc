# fish completion for orchestratord; jobs and hosts are those of the configuration

function __orchestratord_configured --argument-names what
    set -l words (commandline -opc)
    set -l configuration
    if set -l at (contains --index -- --config $words); and test $at -lt (count $words)
        set configuration --config $words[(math $at + 1)]
    end
    switch $what
        case jobs
            orchestratord $configuration --list 2>/dev/null | string replace --regex '\s.*' ''
        case hosts
            orchestratord $configuration --print-config 2>/dev/null | string match --regex --groups-only '^\[hosts\.([^]]*)\]'
    end
end

complete -c orchestratord -f
complete -c orchestratord -l once -x -a '(__orchestratord_configured jobs)' -d 'run a job once, here and now'
complete -c orchestratord -l check -d 'check the configuration and show all that is wrong'
complete -c orchestratord -l list -d 'show the jobs'
complete -c orchestratord -l print-config -d 'show the configuration with all defaults'
complete -c orchestratord -l init -d 'write a commented first configuration file'
complete -c orchestratord -l trust -x -a '(__orchestratord_configured hosts)' -d 'show a host\'s key; with --fingerprint, trust it'
complete -c orchestratord -l reconcile -d 'end what dead runs left, on one or all hosts'
complete -c orchestratord -n 'string match -q -- --reconcile (commandline -opc)[-1]' -a '(__orchestratord_configured hosts)'
complete -c orchestratord -l version -d 'show the version'
complete -c orchestratord -s h -l help -d 'show the options'
complete -c orchestratord -l config -r -F -d 'read this file, and conf.d/*.toml beside it'
complete -c orchestratord -l user -d 'serve on the bus of your session'
complete -c orchestratord -l log -r -F -d 'of the daemon: its log as JSON lines, to this file too'
complete -c orchestratord -l concurrency -x -d 'items at once, 1 to 1000'
complete -c orchestratord -l timeout -x -d 'cancel after this time: 30s, 2h, 1h30m'
complete -c orchestratord -l dry-run -d 'validate, show commands, hosts and paths, change nothing'
complete -c orchestratord -l json -d 'JSON lines on stdout; the last one is the result'
complete -c orchestratord -s v -l verbose -d 'show the run\'s log too'
complete -c orchestratord -s q -l quiet -d 'no progress; silent on success, failures on stderr'
complete -c orchestratord -l strict -d 'warnings make the exit code 1'
complete -c orchestratord -l connect -d 'log in on every host, show what holds there'
complete -c orchestratord -l fingerprint -x -d 'the fingerprint that was compared on the host'
