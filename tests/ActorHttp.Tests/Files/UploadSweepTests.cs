using ActorHttp.Files.Disks;
using ActorHttp.Files.Storage;
using ActorHttp.Files.Writing;
using ActorHttp.Tests.Kit;
using Akka.Actor;
using Akka.TestKit.Xunit2;

namespace ActorHttp.Tests.Files;

/// <summary>What nobody will take up again is removed by its age, and nothing else is.</summary>
public sealed class UploadSweepTests : TestKit, IDisposable
{
    private static readonly TimeSpan Expiry = TimeSpan.FromHours(24);

    private readonly TemporaryDirectory _files = new();

    public UploadSweepTests()
        : base(TestSystem.Unserialized)
    {
    }

    void IDisposable.Dispose()
    {
        base.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void What_is_old_goes_wherever_it_is_and_what_is_young_or_another_file_stays()
    {
        // The bytes and the ticket of an upload, by their age in hours; null for none.
        (string Id, double? Bytes, double? Ticket, bool Stays)[] uploads =
        [
            ("young", 1, 1, true),
            ("just-young", 23.9, 23.9, true),
            ("old", 24.1, 24.1, false),
            ("bytes-only-young", 1, null, true),
            ("bytes-only-old", 30, null, false),
            ("ticket-only-young", null, 1, true),
            ("ticket-only-old", null, 30, false),

            // Bytes still come: the ticket is as old as the upload's beginning.
            ("long-one", 1, 30, true),
        ];
        var stay = new List<string>();
        foreach (var folder in new[] { "", "a/", "a/b/" })
        {
            Add($"{folder}file", 1000, stays: true);
            Add($"{folder}.hidden", 1000, stays: true);
            Add($"{folder}x{UploadFile.TemporaryPrefix}1", 1000, stays: true);
            foreach (var (id, bytes, ticket, stays) in uploads)
            {
                var name = folder + UploadFile.TemporaryName(id);
                if (bytes is { } age)
                    Add(name, age, stays);
                if (ticket is { } ticketAge)
                {
                    Add(name + ".json", ticketAge, stays);
                    Add(name + ".json-new", ticketAge, stays);
                }
            }
        }

        StartSweep();
        AwaitAssert(() => Assert.Equal(stay.Order(StringComparer.Ordinal), Files()), TimeSpan.FromSeconds(20));

        void Add(string name, double age, bool stays)
        {
            Age(_files.Add(name, "x"), age);
            if (stays)
                stay.Add(name);
        }
    }

    [Fact]
    public void It_looks_again_each_hour()
    {
        Age(_files.Add(UploadFile.TemporaryName("first"), "x"), 30);
        StartSweep();
        AwaitAssert(() => Assert.Empty(Files()), TimeSpan.FromSeconds(20));
        for (var hour = 0; hour < 2; hour++)
        {
            Age(_files.Add(UploadFile.TemporaryName("next"), "x"), 30);
            ((VirtualTime)Sys.Scheduler).Advance(TimeSpan.FromHours(1));
            AwaitAssert(() => Assert.Empty(Files()), TimeSpan.FromSeconds(20));
        }
    }

    private void StartSweep() => Sys.ActorOf(UploadSweepActor.Props(
        FileRoot.At(_files.Path), Expiry, new DiskSeat(DiskGates.Of(Sys).Writing, new DiskPlace(_files.Path, []))));

    private IEnumerable<string> Files() => _files.Entries.Where(name => !Directory.Exists(_files[name]));

    private static void Age(string path, double hours) => File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-hours));
}
