using FsCheck;
using FsCheck.Fluent;

namespace ActorHttp.Tests.Semantics;

/// <summary>Strings that look enough like field values to get past the first check of a parser.</summary>
public static class HostileText
{
    private static readonly string[] Fragments =
    [
        "gzip", "x-gzip", "br", "deflate", "zstd", "identity", "*", ";", "q=", "Q=", "=", "0", "1", ".", "0.5", "1.000", "2",
        "\"", "W/", "w/", "\"abc\"", "W/\"abc-gzip\"", "bytes", "bytes=", "-", "0-4", "9223372036854775807",
        "99999999999999999999", ",", ", ", " ", "\t", "Sun", "Sunday", ", 06 Nov 1994", " Nov  6", ", 06-Nov-94",
        " 08:49:37", " GMT", " 1994", "Sun, 06 Nov 1994 08:49:37 GMT", ":", "text/", "html", "+json", "image/png",
        "/", "\\", ".html", "\0", "\r\n", "\u007F", "\u00E9", "\u0100", "\u0663", "\uD800", "\uFF11",
    ];

    public static Arbitrary<string> Text()
    {
        var grammatical = Gen.Elements(Fragments).ListOf().Select(string.Concat);
        var arbitrary = ArbMap.Default.GeneratorFor<string>().Select(text => text ?? "");
        return Gen.Frequency((4, grammatical), (1, arbitrary)).ToArbitrary();
    }
}
