return await ActorHttp.ConsoleHost.CommandLine.RunAsync(args).ConfigureAwait(false);
