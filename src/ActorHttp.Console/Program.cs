// Checks the limit of descriptors before all other code. With too few descriptors, the runtime cannot even load the code that
// reports the problem.
if (ActorHttp.ConsoleHost.DescriptorCheck.SaysTooFew())
    return 1;
return await ActorHttp.ConsoleHost.CommandLine.RunAsync(args).ConfigureAwait(false);
