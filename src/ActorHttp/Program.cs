// Before anything else: with too few descriptors the runtime cannot even load what says so.
if (ActorHttp.ConsoleHost.DescriptorCheck.SaysTooFew())
    return 1;
return await ActorHttp.ConsoleHost.CommandLine.RunAsync(args).ConfigureAwait(false);
