/** What looks like a secret is masked, what does not is left: both ways as tables. */
import { describe, expect, it } from '@jest/globals';
import { createRedactor, maskSecrets } from '../../src/store/redact.ts';

describe('what looks like a secret', () => {
  it.each([
    // URLs
    ['postgres://app:hunter22@db/shop', 'postgres://app:***@db/shop'],
    ['postgres://app:p@ss/w0rd@db/shop', 'postgres://app:***@db/shop'],
    ['postgres://app:p@sswd@db/shop', 'postgres://app:***@db/shop'],
    ["postgres://app:pa'ss@db/shop", 'postgres://app:***@db/shop'],
    ['redis://:hunter22@cache:6379/0', 'redis://:***@cache:6379/0'],
    ['postgres://me@corp:hunter22@db', 'postgres://me@corp:***@db'],
    ['{"url":"amqp://u:p#1@mq","mail":"a@b.example"}', '{"url":"amqp://u:***@mq","mail":"a@b.example"}'],
    ['http://web:80,amqp://u:pw@mq', 'http://web:80,amqp://u:***@mq'],
    ['postgres://app:12345@db', 'postgres://app:***@db'],
    // name=value
    ['dsn host=db user=app password=hunter22 dbname=x', 'dsn host=db user=app password=*** dbname=x'],
    ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG', 'AWS_SECRET_ACCESS_KEY=***'],
    ['DB_PASSWORD=it,is;odd&raw', 'DB_PASSWORD=***'],
    ['GET /?token=abc&next=/home', 'GET /?token=***&next=/home'],
    ['Server=db;Password=hunter;Encrypt=true', 'Server=db;Password=***;Encrypt=true'],
    ['passwd=letmein', 'passwd=***'],
    ['DB_PASSWORD=/a+b=', 'DB_PASSWORD=***'],
    ['Uid=sa;Pwd=hunter;', 'Uid=sa;Pwd=***;'],
    ['token=[abc', 'token=***'],
    ['token=none-at-all', 'token=***'],
    ['{"password":"\\"ab\\""}', '{"password":"***"}'],
    ['client_secret=abcdef api-key=ghijkl apiKey=mn', 'client_secret=*** api-key=*** apiKey=***'],
    ['secret=abc, user=ada', 'secret=***, user=ada'],
    ["password='two words' user=ada", "password='***' user=ada"],
    ['password = "two words"', 'password = "***"'],
    ['Password: hunter22', 'Password: ***'],
    ['x-api-key: 0a1b2c3d', 'x-api-key: ***'],
    // JSON
    ['{"password":"hunter22"}', '{"password":"***"}'],
    ['{"password": "hun\\"ter22", "user": "ada"}', '{"password": "***", "user": "ada"}'],
    ['"{\\"token\\":\\"hunter22\\",\\"a\\":1}"', '"{\\"token\\":\\"***\\",\\"a\\":1}"'],
    ['{"password":123456,"user":"ada"}', '{"password":***,"user":"ada"}'],
    ["{'api_key': 'hunter'}", "{'api_key': '***'}"],
    ['"secret"=>"hunter22"', '"secret"=>"***"'],
    // headers and tokens
    ['Authorization: Bearer abcdefghijkl', 'Authorization: Bearer ***'],
    ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: Basic ***'],
    ['{"authorization":"Bearer abcdefghijkl"}', '{"authorization":"Bearer ***"}'],
    ['sent Bearer ya29.a0AfH6SMBx-y_z', 'sent Bearer ***'],
    ['got eyJhbGciOiJIUzI1NiJ9.e30.abc today', 'got *** today'],
    ['a=eyJhbGciOiJIUzI1NiJ9.e30.', 'a=***'],
  ])('%s', (text, expected) => {
    expect(maskSecrets(text)).toBe(expected);
    expect(maskSecrets(expected)).toBe(expected);
    expect(createRedactor([])(text)).toBe(expected);
  });
});

describe('what does not stays readable', () => {
  it.each([
    'token expired',
    'password is required',
    'Invalid password: too short',
    'invalid token: expired',
    'password: required',
    'SyntaxError: Unexpected token } in JSON at position 5',
    "Unexpected token: '}'",
    'if (token === null) throw new Error(password == undefined)',
    'password=None token=null secret=undefined api_key=',
    'max_tokens=4096 token_count=12 tokens: 512, tokenizer=bpe',
    'PWD=/home/app',
    'secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbC123',
    'DB_SECRET=arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbC123',
    'Bearer authentication failed',
    'the bearer of bad news 2026',
    'const token = await getToken();',
    '{"password":"","token":null,"secret":{"a":1}}',
    'GET http://localhost:3000/@vite/client',
    'GET http://localhost:3000?mail=a@b.example',
    'http://[::1]:8080/@scope',
    'https://host/a:b@c',
    'git+ssh://git@github.com:org/repo.git@v1',
    'mail to ada@example.com: done',
    'task 0123abcd stopped: exit code 1',
    'eyJust a word. And another. One',
  ])('%s', (text) => {
    expect(maskSecrets(text)).toBe(text);
  });
});

describe('a line of 64 KiB', () => {
  const LENGTH = 64 * 1024;
  it.each([
    'a',
    ' ',
    '@',
    '://a:',
    'http://a:b,',
    'a://:@',
    'token:',
    'token :',
    'token=',
    'token="',
    'token="\\',
    "password': '",
    'token\\\\\\',
    'secret&',
    'password=a,b;',
    'bearer ',
    'bearer a',
    'eyJ',
    'eyJ-',
    'eyJa.',
    'authorization: bearer ',
    '"\\"',
    'a.a-',
    'api_access_key_',
  ])('of %j again and again takes no time', (part) => {
    const text = part.repeat(Math.ceil(LENGTH / part.length));
    const startedAt = performance.now();
    maskSecrets(text);
    maskSecrets(`password="${text}`);
    maskSecrets(`token: ${text}`);
    expect(performance.now() - startedAt).toBeLessThan(400);
  });
});
