// Draws the figures of one file of bench/results: each server compared with Kestrel.

using BenchPlot;

if (args is not [var file, var picture])
{
    Console.Error.WriteLine("Usage: dotnet run --project bench/plot -- RESULTS.jsonl PICTURE.png|.svg");
    return 2;
}

try
{
    Picture.Draw(Results.Read(file), picture);
    return 0;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
{
    Console.Error.WriteLine($"plot: {e.Message}");
    return 1;
}
