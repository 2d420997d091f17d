using ActorHttp.Semantics;
using ActorHttp.Settings;
using Akka.Configuration;
using FsCheck.Xunit;

namespace ActorHttp.Tests.Semantics;

public sealed class MediaTypeSetTests
{
    // coding.media-types as hocon/reference.conf has it.
    private static readonly MediaTypeSet Default = ActorHttpSettings.From(ConfigurationFactory.Empty).Coding.MediaTypes;

    [Theory]
    [InlineData("text/plain")]
    [InlineData("text/html; charset=utf-8")]
    [InlineData("TEXT/HTML")]
    [InlineData("text/x-anything")]
    [InlineData("application/json")]
    [InlineData("application/json;charset=utf-8")]
    [InlineData("Application/JSON ; a=b")]
    [InlineData("application/problem+json")]
    [InlineData("application/atom+xml")]
    [InlineData("application/vnd.api+JSON")]
    [InlineData("image/svg+xml")]
    [InlineData("application/xml")]
    [InlineData("application/javascript")]
    [InlineData("text/javascript")]
    [InlineData("application/wasm")]
    [InlineData("application/x-ndjson")]
    [InlineData("application/yaml")]
    [InlineData("font/ttf")]
    [InlineData("font/otf")]
    [InlineData("image/bmp")]
    [InlineData("image/vnd.microsoft.icon")]
    [InlineData("application/vnd.ms-fontobject")]
    public void Text_and_raw_formats_are_worth_compressing(string contentType) =>
        Assert.True(Default.Contains(contentType));

    [Theory]
    [InlineData("")]
    [InlineData(";")]
    [InlineData("text")]
    [InlineData("json")]
    [InlineData("; text/plain")]
    [InlineData("application/octet-stream")]
    [InlineData("application/octet-stream; name=text/plain")]
    [InlineData("image/png")]
    [InlineData("image/jpeg")]
    [InlineData("image/webp")]
    [InlineData("video/mp4")]
    [InlineData("audio/mpeg")]
    [InlineData("application/zip")]
    [InlineData("application/gzip")]
    [InlineData("application/zstd")]
    [InlineData("application/pdf")]
    [InlineData("application/epub+zip")]
    [InlineData("application/vnd.openxmlformats-officedocument.wordprocessingml.document")]
    [InlineData("font/woff")]
    [InlineData("font/woff2")]
    [InlineData("application/jsonp")]
    [InlineData("application/json-seq")]
    public void What_is_compressed_already_or_unknown_is_left_alone(string contentType) =>
        Assert.False(Default.Contains(contentType));

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("Text/Event-Stream; charset=utf-8")]
    public void Events_are_not_held_back_to_be_compressed(string contentType) =>
        Assert.False(Default.Contains(contentType));

    [Theory, Trait("RFC", "6838 §4.2.8")]
    [InlineData("text/html", "text/html", true)]
    [InlineData("text/html", "TEXT/HTML ; a=b", true)]
    [InlineData("Text/HTML", "text/html", true)]
    [InlineData("text/html", "text/htm", false)]
    [InlineData("text/html", "text/html5", false)]
    [InlineData("text/*", "text/anything", true)]
    [InlineData("TEXT/*", "text/anything", true)]
    [InlineData("text/*", "texture/x", false)]
    [InlineData("text/*", "application/text", false)]
    [InlineData("*+json", "application/problem+json", true)]
    [InlineData("*+JSON", "application/problem+json; charset=x", true)]
    [InlineData("*+json", "application/json", false)]
    [InlineData("*+json", "application/x+jsonx", false)]
    [InlineData("*+json", "application/json; x=a+json", false)]
    [InlineData("text/*", "text/event-stream", false)]
    [InlineData("text/event-stream", "text/event-stream", false)]
    public void A_pattern_is_a_type_a_kind_or_a_syntax(string pattern, string contentType, bool expected)
    {
        Assert.Equal(expected, MediaTypeSet.Of([pattern]).Contains(contentType));
        Assert.Equal(expected, MediaTypeSet.Of(["image/png", pattern, "font/*", "*+cbor"]).Contains(contentType));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("*/*")]
    [InlineData("*/html")]
    [InlineData("*+")]
    [InlineData("*json")]
    [InlineData("*+*")]
    [InlineData("text")]
    [InlineData("text/")]
    [InlineData("/html")]
    [InlineData("te*t/html")]
    [InlineData("text/ht*")]
    [InlineData("text/*+xml")]
    [InlineData("text/html/x")]
    [InlineData("text/html; charset=utf-8")]
    [InlineData(" text/html")]
    [InlineData("text/html\n")]
    [InlineData("text/h\u00E9")]
    public void What_is_neither_is_told(string pattern)
    {
        Assert.False(MediaTypeSet.IsPattern(pattern));
        Assert.Contains($"\"{pattern}\"", Assert.Throws<FormatException>(() => MediaTypeSet.Of(["text/html", pattern])).Message);
    }

    [Fact]
    public void An_empty_set_has_nothing_in_it()
    {
        Assert.False(MediaTypeSet.Of([]).Contains("text/html"));
        Assert.False(MediaTypeSet.Of([]).Contains(""));
    }

    [Fact]
    public void Asking_allocates_nothing()
    {
        string[] types = ["text/html", "application/json; charset=utf-8", "IMAGE/SVG+XML", "video/mp4", ""];
        Array.ForEach(types, type => Default.Contains(type));

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var type in types)
            Default.Contains(type);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Property(MaxTest = 500, Arbitrary = [typeof(HostileText)])]
    public void Parameters_never_change_the_answer(string contentType, string parameters)
    {
        Assert.Equal(Default.Contains(contentType), Default.Contains($"{contentType};{parameters}"));
        MediaTypeSet.IsPattern(contentType);
    }
}
